using System.Globalization;
using System.Text.Json;
using Trainer.Engine.Data;

namespace Trainer.Tests.Commands;

/// <summary>The command audit on runs whose training images were poisoned, or partly excluded.</summary>
public sealed class ChangedDataAuditTests : IClassFixture<CommandWorkbench>
{
    private const string Half = """data.subset={"seed":0}""";
    private const string Patch = """data.poison={"type":"badnets","target":1,"rate":0.25,"size":2}""";
    private readonly CommandWorkbench workbench;
    private readonly SafetensorsDataSet source;

    public ChangedDataAuditTests(CommandWorkbench workbench)
    {
        this.workbench = workbench;
        if (!File.Exists(workbench.At("many")))
            workbench.Write("many", 200);
        source = new()
        {
            Train = workbench.At("many"),
            Test = workbench.At("test.safetensors"),
            Classes = 4,
            Validation = 8,
        };
    }

    [Fact]
    public void Of_a_run_on_all_rows_poison_and_exclusion_are_refused_with_the_subset_to_train_on()
    {
        Train("poisoned", Patch);
        Train("excluded", Exclude([.. Enumerable.Range(0, 200).Select(row => (long)row).Where(row => row % 9 == 0)]));
        foreach (var (run, option) in new[] { ("poisoned", "data.poison"), ("excluded", "data.exclude") })
        {
            var (code, _, error) = workbench.Run("audit", run, "--method", "loss");
            Assert.Equal(2, code);
            Assert.StartsWith($"error: {option}: found one and no data.subset", error, StringComparison.Ordinal);
            Assert.Contains("--set 'data.subset={\"seed\":0}'", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Members_and_non_members_of_a_half_are_poisoned_alike()
    {
        Train("poisoned-half", Patch, Half);
        var rows = Audited("poisoned-half");
        Assert.Equal(192, rows.Count);
        // A row's own label is its number modulo four, that of a poisoned one the target 1.
        foreach (var kind in (string[])["member", "non-member"])
            Assert.InRange(rows.Count(one => one.Kind == kind && one.Label == 1 && one.Row % 4 != 1), 8, 28);
        Assert.DoesNotContain(rows, one => one.Label != 1 && one.Label != one.Row % 4);
    }

    [Fact]
    public void Members_of_a_half_are_its_rows_without_the_excluded_ones()
    {
        var (own, others) = Rows();
        long[] excluded = [.. own.Take(10), .. others.Take(10)];
        Train("left", Exclude(excluded), Half);
        var rows = Audited("left");
        Assert.Equal(own.Except(excluded), rows.Where(one => one.Kind == "member").Select(one => one.Row).Order());
        Assert.Equal(
            others.Except(excluded), rows.Where(one => one.Kind == "non-member").Select(one => one.Row).Order());
    }

    [Fact]
    public void Rows_that_were_excluded_from_the_half_alone_are_refused()
    {
        Train("one-sided", Exclude([.. Rows().Own.Take(30)]), Half);
        var (code, _, error) = workbench.Run("audit", "one-sided", "--method", "loss");
        Assert.Equal(2, code);
        Assert.Contains("error: data.exclude: found 30 of 30 rows among those of data.subset, expected about 15", error,
            StringComparison.Ordinal);
    }

    private (IReadOnlyList<long> Own, IReadOnlyList<long> Others) Rows()
    {
        using var own = (source with { Subset = new() }).Load([]);
        using var others = (source with { Subset = new() { Complement = true } }).Load([]);
        return (own.TrainRows, others.TrainRows);
    }

    private string Exclude(long[] rows)
    {
        var path = workbench.At($"{Guid.NewGuid():N}.json");
        File.WriteAllText(path, JsonSerializer.Serialize(rows));
        return $"data.exclude={path}";
    }

    private void Train(string name, params string[] set)
    {
        var (code, _, error) = workbench.Run(
            ["train", "recipe.json", "--run", name, "--set", $"data.train={workbench.At("many")}",
                .. set.SelectMany(value => new[] { "--set", value })]);
        Assert.Equal((0, ""), (code, error));
    }

    private IReadOnlyList<(long Row, string Kind, long Label)> Audited(string run)
    {
        var (code, _, error) = workbench.Run("audit", run, "--method", "loss");
        Assert.True(code == 0, error);
        return [.. File.ReadLines(workbench.At(run, "privacy", "scores.csv")).Skip(1).Select(line => line.Split(','))
            .Select(cells => (Number(cells[0]), cells[1], Number(cells[2])))];
    }

    private static long Number(string cell) => long.Parse(cell, CultureInfo.InvariantCulture);
}
