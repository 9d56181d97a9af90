use crate::command::run;

#[tokio::test]
async fn completions_and_manual_pages_are_printed() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, output, _) = run(&["completions", shell]).await;
        assert_eq!(code, 0);
        assert!(output.contains("remedies"), "{shell}: {output}");
    }
    let (code, page, _) = run(&["man"]).await;
    assert_eq!(code, 0);
    assert!(page.contains(".TH deployer 1") && page.contains("parity"), "{page}");
    let (_, page, _) = run(&["man", "remedies"]).await;
    assert!(page.contains("\\-\\-apply"), "{page}");
    let (code, _, errors) = run(&["man", "nonsense"]).await;
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("there is no subcommand `nonsense`"), "{errors}");
}
