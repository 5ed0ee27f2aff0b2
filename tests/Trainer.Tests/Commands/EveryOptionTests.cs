using System.CommandLine;
using System.CommandLine.Help;
using Trainer.Cli.Options;

namespace Trainer.Tests.Commands;

/// <summary>Walks the command tree: a new option is tried as every other one is.</summary>
public sealed class EveryOptionTests : IClassFixture<CommandWorkbench>
{
    private readonly CommandWorkbench workbench;

    /// <param name="workbench">Where commands run.</param>
    public EveryOptionTests(CommandWorkbench workbench)
    {
        this.workbench = workbench;
        if (Directory.Exists(workbench.At("broken")))
            return;
        workbench.TrainBroken();
        workbench.MeasureAutoAttack();
    }

    // A whole line of each command, which succeeds.
    private static readonly Dictionary<string, string[]> Lines = new()
    {
        [""] = [],
        ["train"] = ["recipe.json", "--run", "new"],
        ["evaluate"] = ["run", "--attack", "fgsm", "--examples", "2", "--ledger", "kept"],
        ["verify"] = ["run", "--method", "ibp", "--examples", "2", "--ledger", "kept"],
        ["certify"] = ["run", "--sigma", "0.1", "--n", "100", "--examples", "2", "--ledger", "kept"],
        ["poison"] = ["recipe.json", "--out", "new", "--set", """data.poison={"type":"label-flip","rate":0.1}"""],
        ["inspect"] = ["run", "--method", "spectral", "--out", "new.json"],
        ["repair"] = ["run", "--method", "fine-tuning", "--share", "0.2", "--epochs", "1", "--out", "new"],
        ["audit"] = ["run", "--method", "loss", "--out", "new"],
        ["report"] = ["run", "--examples", "0"],
        ["compare"] = ["run", "run"],
        ["study"] = ["study.json", "--list", "--run", "new"],
        ["study report"] = ["study.json", "--run", "folder"],
        ["robustbench"] = ["broken", "new.json"],
        ["export"] = ["run", "new.safetensors"],
        ["weights"] = ["run"],
        ["list"] = [],
        ["recipe"] = [],
        ["recipe show"] = ["recipe.json"],
        ["recipe check"] = ["recipe.json"],
        ["recipe copy"] = ["recipe.json", "new.json"],
        ["recipe schema"] = [],
        ["study schema"] = [],
        ["doctor"] = [],
    };

    private static readonly string[] WrongNumbers = ["abc", "1e3", "1,000", "1.5", "-1", "0x10", "99999999999"];
    private static readonly string[] MissingFiles = ["no/such/file", "no-such-file.json"];
    private static readonly string[] Folders = ["folder", "folder/", "recipe.json/below"];

    public static TheoryData<string> Commands => [.. Walk(CommandTree.Create(), "").Select(found => found.Path)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void An_option_without_its_value_is_a_mistake_of_the_command_line(string path)
    {
        foreach (var option in OptionsOf(path).Where(option => option.Arity.MinimumNumberOfValues > 0))
            Refused([.. Line(path, option), option.Name]);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void An_empty_value_is_a_mistake_of_the_command_line(string path)
    {
        foreach (var option in OptionsOf(path).Where(option => option.Arity.MinimumNumberOfValues > 0))
        {
            Refused([.. Line(path, option), $"{option.Name}="]);
            Refused([.. Line(path, option), option.Name, ""]);
            Refused([.. Line(path, option), option.Name, " "]);
        }
        for (var index = 0; index < Find(path).Arguments.Count; index++)
            Refused(Line(path, index, ""));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_number_or_word_of_the_wrong_type_is_a_mistake_of_the_command_line(string path)
    {
        foreach (var option in OptionsOf(path))
        {
            var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
            string[] wrong = type == typeof(int) ? WrongNumbers : type.IsEnum ? ["abc", "0", "7"] : [];
            foreach (var value in wrong)
                Assert.Contains(
                    $"{option.Name}: found \"{value}\", expected ",
                    Refused([.. Line(path, option), option.Name, value]), StringComparison.Ordinal);
            if (type == typeof(bool))
                Refused([.. Line(path, option), $"{option.Name}=abc"]);
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Any_other_value_is_accepted_or_refused_in_one_line_and_then_creates_nothing(string path)
    {
        string[] values = ["abc", "-1", .. MissingFiles, .. Folders, "link", new string('a', 300), "{", "[]", "null"];
        if (!OperatingSystem.IsWindows() && !File.Exists(workbench.At("link")))
            File.CreateSymbolicLink(workbench.At("link"), "nowhere");
        foreach (var option in OptionsOf(path).Where(option => option.Arity.MinimumNumberOfValues > 0))
            foreach (var value in values)
                Ends([.. Line(path, option), option.Name, value]);
        for (var index = 0; index < Find(path).Arguments.Count; index++)
            foreach (var value in values)
                Ends(Line(path, index, value));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void An_option_is_given_once_or_can_be_given_again(string path)
    {
        foreach (var option in OptionsOf(path)
            .Where(option => option.Arity is { MinimumNumberOfValues: 1, MaximumNumberOfValues: 1 }))
            Assert.Contains(
                option.Name, Refused([.. Line(path, option), option.Name, "abc", option.Name, "abc"]),
                StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void An_empty_value_is_refused_with_what_is_expected(string path)
    {
        foreach (var option in OptionsOf(path).Where(option => option.Arity.MinimumNumberOfValues > 0))
            Assert.DoesNotMatch(
                @"expected (dir|json|dll|file|count|device|name\|)|\|",
                Refused([.. Line(path, option), option.Name, " "]));
    }

    [Fact]
    public void Every_command_has_a_line_that_succeeds()
    {
        foreach (var (path, command) in Walk(CommandTree.Create(), ""))
        {
            var contents = workbench.Contents;
            var result = workbench.Run(Words(path, Line(path)));
            Assert.Equal((path, command.Action is null ? 2 : 0), (path, result.ExitCode));
            workbench.Restore(contents);
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Text_that_cannot_be_printed_fails_the_commands_that_only_print(string path)
    {
        string[] printing = ["study", "study schema", "list", "recipe show", "recipe check", "recipe schema", "doctor",
            "weights"];
        var lost = new (Exception Failure, string Reason)[] { (new IOException("No space left on device"),
            "No space left on device"), (new UnauthorizedAccessException("Access denied."), "it is closed") };
        foreach (var (failure, reason) in lost)
        {
            var contents = workbench.Contents;
            using var full = new FullWriter(failure);
            var help = workbench.RunWith(full, "", Words(path, ["--help"]));
            Assert.Equal((6, Lost(reason)), (help.ExitCode, help.Error));
            if (Find(path).Action is null)
                continue;
            var result = workbench.RunWith(full, "", Words(path, Line(path)));
            if (printing.Contains(path))
                Assert.Equal((path, 6, Lost(reason)), (path, result.ExitCode, result.Error));
            else
            {
                Assert.Equal((path, 0), (path, result.ExitCode));
                Assert.EndsWith(
                    $"warning: standard output cannot be written ({reason}): printed lines are lost, "
                    + "the files of this command are not affected.\n", result.Error, StringComparison.Ordinal);
                Assert.DoesNotContain("error", result.Error, StringComparison.Ordinal);
                Assert.True(path is "evaluate" or "report" || !contents.SequenceEqual(workbench.Contents), path);
            }
            workbench.Restore(contents);
        }
    }

    [Fact]
    public void A_schema_that_is_written_to_a_file_needs_no_standard_output()
    {
        using var full = new FullWriter(new IOException("No space left on device"));
        var result = workbench.RunWith(full, "", "recipe", "schema", "schema.json");
        Assert.Equal((0, "", true), (result.ExitCode, result.Error, File.Exists(workbench.At("schema.json"))));
        File.Delete(workbench.At("schema.json"));
    }

    private static string Lost(string reason) =>
        $"error: standard output cannot be written: {reason}. Send it to a terminal, a pipe, "
        + "or a file on a disk with room.\n";

    /// <summary>The command does not understand the line: exit code 2, one line of text, nothing created.</summary>
    private string Refused(string[] line)
    {
        var (exitCode, error) = Ends(line);
        Assert.True(exitCode == 2, $"trainer {string.Join(' ', line)}: exit code {exitCode}, {error}");
        return error;
    }

    private (int ExitCode, string Error) Ends(string[] line)
    {
        var contents = workbench.Contents;
        var (exitCode, _, error) = workbench.Run(line);
        var told = $"trainer {string.Join(' ', line)}: exit code {exitCode}, {error}";
        Assert.True(exitCode is 0 or 2 or 3 or 4 or 5, told);
        if (exitCode != 0)
        {
            Assert.True(error.Split('\n').Count(text => text.StartsWith("error: ", StringComparison.Ordinal)) == 1,
                told);
            Assert.DoesNotMatch(@"\b(System|Trainer)\.[A-Z]|Exception|\(Parameter '", told);
            Assert.True(contents.SequenceEqual(workbench.Contents),
                $"{told} created {string.Join(' ', workbench.Contents.Except(contents))}");
        }
        workbench.Restore(contents);
        return (exitCode, error);
    }

    private static IEnumerable<(string Path, Command Command)> Walk(Command command, string path) =>
        command.Subcommands.SelectMany(child => Walk(child, $"{path} {child.Name}".Trim())).Prepend((path, command));

    private static Command Find(string path) =>
        Walk(CommandTree.Create(), "").Single(found => found.Path == path).Command;

    private static IEnumerable<Option> OptionsOf(string path) =>
        Find(path).Options.Where(option => option is not (HelpOption or VersionOption));

    private static string[] Line(string path) =>
        Lines.TryGetValue(path, out var line) ? line
        : throw new InvalidOperationException($"The test has no line for trainer {path}: add one that succeeds.");

    private static string[] Words(string path, IEnumerable<string> rest) =>
        [.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), .. rest];

    /// <summary>The command's line without an option.</summary>
    private static string[] Line(string path, Option option)
    {
        var line = Line(path);
        var at = Array.IndexOf(line, option.Name);
        return Words(path, at < 0 ? line : [.. line[..at], .. line[(at + 2)..]]);
    }

    /// <summary>The command's line with another value for an argument, which come first in each.</summary>
    private static string[] Line(string path, int argument, string value)
    {
        var line = Line(path).ToList();
        if (argument < line.Count)
            line[argument] = value;
        else
            line.Insert(argument, value);
        return Words(path, line);
    }
}
