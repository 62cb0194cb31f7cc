// build: rustc-O2, rustc-O1-pie
// run: sum a.txt
// run: lines
// stdin: "3\n1\n2\n"
// run: panic
// exit: 134
// run: missing no-such-file
// exit: 3
// run: exit
// exit: 11
// file: a.txt "10\n20\n-5\n"
// env: RUST_BACKTRACE=0
// Rust's std on the system: arguments, files, stdin, errors, exit status, a panic that aborts.
use std::fs;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments[0].as_str() {
        "sum" => {
            let text = fs::read_to_string(&arguments[1]).expect("readable");
            println!("{}", text.lines().map(|line| line.parse::<i64>().unwrap()).sum::<i64>());
            fs::create_dir_all("d/e/f").unwrap();
            let mut file = fs::OpenOptions::new().read(true).write(true).create(true).truncate(true).open("d/e/f/out.bin").unwrap();
            file.write_all(&(0..=255).collect::<Vec<u8>>()).unwrap();
            file.seek(SeekFrom::Start(100)).unwrap();
            let mut bytes = [0; 4];
            file.read_exact(&mut bytes).unwrap();
            println!("{bytes:?} {}", file.metadata().unwrap().len());
            fs::copy("d/e/f/out.bin", "copy.bin").unwrap();
            fs::rename("copy.bin", "d/moved.bin").unwrap();
            let mut names: Vec<_> = fs::read_dir("d").unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            println!("{names:?}");
            fs::remove_dir_all("d/e").unwrap();
            println!("{:?}", fs::metadata("d/e").map(|_| ()).map_err(|e| e.kind()));
        }
        "lines" => {
            let mut lines: Vec<String> = io::stdin().lock().lines().map(Result::unwrap).collect();
            lines.sort();
            println!("{}", lines.join(","));
        }
        "panic" => {
            std::panic::set_hook(Box::new(|info| {
                eprintln!("hook: {}", info.payload().downcast_ref::<&str>().unwrap_or(&"?"));
                std::process::abort();
            }));
            panic!("on purpose");
        }
        "missing" => {
            if let Err(error) = fs::File::open(&arguments[1]) {
                eprintln!("{error}");
                return ExitCode::from(3);
            }
        }
        _ => std::process::exit(11),
    }
    ExitCode::SUCCESS
}
