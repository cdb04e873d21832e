//! The papers are there, ARCHITECTURE.md is short, and both READMEs show the same commands.

use super::TextFile;
use crate::findings::Findings;

/// What a newcomer looks for in the root of the repository.
const PAPERS: [&str; 7] = [
    "README.md",
    "README.zh-CN.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
];

/// The number of lines up to which somebody reads an architecture document to its end.
const ARCHITECTURE_LINES_MAX: usize = 400;

pub(super) fn check(files: &[TextFile], findings: &mut Findings) {
    let find = |path: &str| files.iter().find(|file| file.path == path);
    for paper in PAPERS {
        if find(paper).is_none() {
            findings.add(paper, "the repository has no such file");
        }
    }
    if let Some(architecture) = find("ARCHITECTURE.md") {
        let lines = architecture.text.lines().count();
        if lines > ARCHITECTURE_LINES_MAX {
            findings.add(
                &architecture.path,
                format_args!(
                    "{lines} lines; it holds invariants in at most {ARCHITECTURE_LINES_MAX}"
                ),
            );
        }
    }
    if let (Some(english), Some(chinese)) = (find("README.md"), find("README.zh-CN.md")) {
        check_same_code(english, chinese, findings);
    }
}

fn check_same_code(one: &TextFile, other: &TextFile, findings: &mut Findings) {
    let (blocks, others) = (code_blocks(&one.text), code_blocks(&other.text));
    if blocks.len() != others.len() {
        findings.add(
            &other.path,
            format_args!("{} code blocks, {} has {}", others.len(), one.path, blocks.len()),
        );
    }
    for (number, (block, other_block)) in blocks.iter().zip(&others).enumerate() {
        if block != other_block {
            findings.add(
                &other.path,
                format_args!("code block {} differs from the one in {}", number + 1, one.path),
            );
        }
    }
}

/// The code blocks of a Markdown text, each with its first line, which names the language, and
/// without its comments, which are prose.
fn code_blocks(text: &str) -> Vec<Vec<&str>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(opening) = lines.find(|line| line.starts_with("```")) {
        let mut block = vec![opening];
        let inside = lines.by_ref().take_while(|line| !line.starts_with("```"));
        block.extend(inside.filter(|line| !line.trim_start().starts_with('#')));
        blocks.push(block);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    fn complaints(english: &str, chinese: &str) -> Vec<String> {
        let files = [("README.md", english), ("README.zh-CN.md", chinese)];
        let papers = PAPERS.iter().skip(2).map(|path| (*path, "")).chain(files);
        let files: Vec<TextFile> = papers.map(|(path, text)| TextFile::new(path, text)).collect();
        places(|findings| check(&files, findings))
    }

    #[test]
    fn prose_and_comments_may_differ_between_languages() {
        let english = "Hello.\n```sh\n# start it\nrun -f a\n```\n";
        let chinese = "你好。\n```sh\n# 启动\nrun -f a\n```\n";
        assert!(complaints(english, chinese).is_empty());
    }

    #[test]
    fn commands_may_not() {
        let block = |command: &str| format!("```sh\n{command}\n```\n");
        assert_eq!(complaints(&block("run -f a"), &block("run -f b")), ["README.zh-CN.md"]);
        assert_eq!(complaints(&block("run"), ""), ["README.zh-CN.md"]);
        let (one, two) = (block("run 1"), block("run 2"));
        assert_eq!(complaints(&format!("{one}{two}"), &format!("{two}{one}")).len(), 2);
    }

    #[test]
    fn a_missing_paper_is_found() {
        assert_eq!(places(|findings| check(&[], findings)).len(), PAPERS.len());
    }

    #[test]
    fn an_architecture_that_nobody_reads_to_its_end_is_found() {
        let architecture = |lines| TextFile::new("ARCHITECTURE.md", &"x\n".repeat(lines));
        let count = |lines| places(|findings| check(&[architecture(lines)], findings)).len();
        assert_eq!(count(401), count(400) + 1);
    }
}
