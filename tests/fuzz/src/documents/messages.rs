use project_deployer_core::messages::{InfoMessages, Severity};
use serde_json::Value;

/// A message list is written as what it was read as, and an error that is told by a flag alone is one.
pub fn message_lists(bytes: &[u8]) {
    let Ok(document) = serde_json::from_slice::<Value>(bytes) else { return };
    let said = ["error", "fatal"].map(|flag| document.get(flag).and_then(Value::as_bool));
    let Ok(messages) = serde_json::from_value::<InfoMessages>(document) else { return };
    if said[0] == Some(true) {
        assert!(messages.any(Severity::Error) || messages.is_fatal(), "{messages:?}");
    }
    if said[1] == Some(true) {
        assert!(messages.is_fatal() || messages.any(Severity::Error), "{messages:?}");
    }
    let worst = messages.0.iter().map(|message| message.severity).max();
    assert_eq!(messages.max_severity(), worst);
    for message in &messages.0 {
        assert!(!message.to_string().is_empty());
    }
    let written = serde_json::to_value(&messages).unwrap();
    assert_eq!(written["fatal"], messages.is_fatal());
    assert_eq!(written["anyMessage"], !messages.0.is_empty());
    let again: InfoMessages = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(again, messages);
    assert_eq!(serde_json::to_value(&again).unwrap(), written);
}
