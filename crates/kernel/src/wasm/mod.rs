#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! { core::arch::wasm32::unreachable() }
#[global_allocator]
static A: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;
#[unsafe(no_mangle)]
pub static mut EC_STATE: [u64; 100] = [7; 100];
#[unsafe(no_mangle)]
pub extern "C" fn _start() { unsafe { EC_STATE[5] += 1; } }
