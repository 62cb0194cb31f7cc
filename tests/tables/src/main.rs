//! Writes the generated tables.

fn main() -> anyhow::Result<()> {
    for (path, text) in elfconv_tables::documents() {
        std::fs::write(path, text)?;
    }
    Ok(())
}
