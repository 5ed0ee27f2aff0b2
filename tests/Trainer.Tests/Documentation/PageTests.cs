using System.Text.RegularExpressions;

namespace Trainer.Tests.Documentation;

/// <summary>The Markdown pages of the repository.</summary>
public sealed partial class PageTests
{
    private static readonly string[] NotSource = ["bin", "obj", "artifacts", "data", "checkpoints", ".git"];

    [Fact]
    public void Every_relative_link_of_a_page_leads_to_a_file_and_to_a_heading_in_it()
    {
        var pages = Pages(Repository.Root).ToList();
        string[] expected = ["README.md", "recipes/README.md", "scripts/README.md", "tests/README.md"];
        Assert.Empty(expected.Except(pages.Select(page => Path.GetRelativePath(Repository.Root, page))));
        Assert.Empty(pages.SelectMany(BrokenLinks));
    }

    [Fact]
    public void A_missing_file_and_a_missing_heading_are_broken_links()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("other.md"), "# The `title`, here\n## Twice\n## Twice\n```sh\n# a comment\n```\n");
        var page = folder.At("page.md");
        File.WriteAllText(page, "# Own\n[a](other.md#the-title-here) [b](#own) [c](https://example.org)\n"
            + "[d](other.md#twice-1) [e](none.md) [f](other.md#a-comment) [g](#none) `[code](none.md)`\n");
        Assert.Equal(["none.md", "other.md#a-comment", "#none"], BrokenLinks(page).Select(link => link.Split(": ")[1]));
    }

    [Fact]
    public void Every_source_that_the_map_names_exists_once()
    {
        var sources = Directory.GetFiles(Repository.Path("src"), "*.cs", SearchOption.AllDirectories);
        var named = Sources().Matches(File.ReadAllText(Repository.Path("src", "README.md")))
            .Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.True(named.Count > 30, $"Found only {named.Count} names.");
        Assert.DoesNotContain(
            named, name => sources.Count(source => source.EndsWith($"/{name}", StringComparison.Ordinal)) != 1);
    }

    [Fact]
    public void The_README_is_short() =>
        Assert.InRange(File.ReadLines(Repository.Path("README.md")).Count(), 1, 150);

    private static IEnumerable<string> Pages(string folder) =>
        Directory.EnumerateFiles(folder, "*.md").Concat(Directory.EnumerateDirectories(folder)
            .Where(child => !NotSource.Contains(Path.GetFileName(child))).SelectMany(Pages));

    private static IEnumerable<string> BrokenLinks(string page)
    {
        foreach (Match link in Links().Matches(Code().Replace(File.ReadAllText(page), "")))
        {
            var (path, heading) = (link.Groups["path"].Value, link.Groups["heading"].Value);
            if (path.Contains("://", StringComparison.Ordinal))
                continue;
            var target = path.Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, path);
            var exists = heading.Length == 0
                ? Path.Exists(target)
                : File.Exists(target) && Anchors(target).Contains(heading[1..]);
            if (!exists)
                yield return $"{page}: {path}{heading}";
        }
    }

    /// <summary>
    /// The headings' anchors as GitHub makes them: lower case, without punctuation, hyphens for blanks, repetitions
    /// numbered.
    /// </summary>
    private static IEnumerable<string> Anchors(string page) =>
        Headings().Matches(Fences().Replace(File.ReadAllText(page), ""))
            .Select(heading => heading.Groups[1].Value.Trim().ToLowerInvariant())
            .Select(heading => NoAnchor().Replace(heading, "").Replace(' ', '-'))
            .GroupBy(anchor => anchor)
            .SelectMany(same => same.Select((anchor, index) => index == 0 ? anchor : $"{anchor}-{index}"));

    [GeneratedRegex(@"(?<=[`/ ])((?:[A-Z]\w*(?:\.[A-Z]\w*)?/)*[A-Z]\w*\.cs)`")]
    private static partial Regex Sources();

    [GeneratedRegex(@"\]\((?<path>[^)#\s]*)(?<heading>#[^)\s]*)?\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"(?ms)^```.*?^```\s*?$|`[^`\n]*`")]
    private static partial Regex Code();

    [GeneratedRegex("(?ms)^```.*?^```")]
    private static partial Regex Fences();

    [GeneratedRegex("(?m)^#+ (.*)$")]
    private static partial Regex Headings();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();
}
