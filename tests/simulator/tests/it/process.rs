use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use simulator::{ChannelSettings, Control};

fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_simulator"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn it_tells_its_address_and_stops_with_its_standard_input() {
    let mut child = start(&["--stop-with-stdin"]);
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let told: serde_json::Value = serde_json::from_str(&line).unwrap();

    let control = Control::new(told["url"].as_str().unwrap()).unwrap();
    let settings = ChannelSettings::default();
    control.set_channel("shop", &settings).await.unwrap();

    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn it_writes_its_address_to_a_file() {
    let folder = std::env::temp_dir().join(format!("simulator-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("ports.json");
    let mut child = start(&["--stop-with-stdin", "--ports-file", file.to_str().unwrap()]);
    while !file.exists() {
        std::thread::yield_now();
    }
    let told = std::fs::read(&file).unwrap();
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    assert!(told["address"].as_str().unwrap().starts_with("127.0.0.1:"));

    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    std::fs::remove_dir_all(&folder).unwrap();
}
