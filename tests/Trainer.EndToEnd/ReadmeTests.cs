using System.Text.RegularExpressions;

namespace Trainer.EndToEnd;

/// <summary>The commands of README.md, in a copy of the repository with a small data set.</summary>
public sealed partial class ReadmeTests : IDisposable
{
    /// <summary>Commands that other tests run, with the test.</summary>
    private static readonly Dictionary<string, string> RunElsewhere = new()
    {
        // The build of these tests builds that project; the test loads the result.
        ["dotnet build recipes/extension-example -c Release"] =
            nameof(ExtensionTests.The_example_trains_with_its_own_components_and_resumes_after_a_stop),
    };

    /// <summary>The commands that this test can run in the copy.</summary>
    private static readonly string[] RunHere = ["scripts/train.sh ", "scripts/evaluate.sh ", "scripts/trainer.sh "];

    private readonly RepositoryCopy copy = new();

    public void Dispose() => copy.Dispose();

    [Fact]
    public void Every_command_of_the_README_is_run_by_this_test_or_by_another()
    {
        var commands = ShellLines(File.ReadAllText(Repository.At("README.md")));
        Assert.All(commands, command => Assert.True(
            IsRunHere(command) || RunElsewhere.ContainsKey(command),
            $"No test runs this command. Run it here, or add it to {nameof(RunElsewhere)} with its test: {command}"));
        Assert.Empty(RunElsewhere.Keys.Except(commands));

        foreach (var command in commands.Where(IsRunHere))
        {
            var result = copy.Run(command);
            Assert.True(result.ExitCode == 0, $"{command}: exit code {result.ExitCode}\n{result.Output}{result.Error}");
        }
        string[] written =
        [
            "my.json", "model.pt", "model.onnx", "compare.html", "checkpoints/quickstart/report.html",
            "checkpoints/my/latest", "checkpoints/three/latest", "checkpoints/extension-example/latest",
        ];
        foreach (var file in written)
            Assert.True(File.Exists(copy.At(file)), $"The commands of README.md did not write {file}.");
    }

    [Fact]
    public void A_new_line_a_comment_and_a_continued_line_are_found_in_a_page() =>
        Assert.Equal(
            ["first one", "second --option '#3' two", "third"],
            ShellLines("""
                ```sh
                first one   # a comment

                # another
                second --option '#3' \
                  two
                ```
                ```json
                none
                ```
                ```sh
                third
                ```
                """));

    [Fact]
    public void The_README_names_every_component_that_recipes_can_name()
    {
        var page = File.ReadAllText(Repository.At("README.md"));
        var sections = page.Split("\n## ");
        var table = sections.Single(section => section.StartsWith("What is supported\n", StringComparison.Ordinal));
        var survey = copy.Run("scripts/trainer.sh list").Output;
        const string kinds = "attacks|augmentations|averages|datasets|models|objectives|optimizers|poisons|schedules";
        var rows = Regex.Matches(survey, $@"(?m)^({kinds}) +(\S.*?) *$");
        Assert.Equal(9, rows.Count);
        foreach (Match row in rows)
        {
            var documented = Regex.Matches(table, $@"(?m)^\| {row.Groups[1].Value}\b[^|]*\|([^|]*)\|$")
                .SelectMany(line => Names().Matches(line.Groups[1].Value)).Select(name => name.Groups[1].Value);
            Assert.Equal(row.Groups[2].Value.Split(", ").Order(), documented.Order());
        }
    }

    private static bool IsRunHere(string command) =>
        RunHere.Any(start => command.StartsWith(start, StringComparison.Ordinal));

    /// <summary>The commands of a page's shell blocks: without comments, a continued line as one.</summary>
    private static IReadOnlyList<string> ShellLines(string page) =>
        [.. ShellBlocks().Matches(page)
            .SelectMany(block => Continuations().Replace(block.Groups[1].Value, " ").Split('\n'))
            .Select(line => Comments().Replace(line, "").Trim()).Where(line => line.Length > 0)];

    [GeneratedRegex(@"(?ms)^```(?:sh|bash|shell|console)\n(.*?)^```$")]
    private static partial Regex ShellBlocks();

    [GeneratedRegex(@" *\\\n *")]
    private static partial Regex Continuations();

    [GeneratedRegex(@"(^|\s)# .*$")]
    private static partial Regex Comments();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Names();
}
