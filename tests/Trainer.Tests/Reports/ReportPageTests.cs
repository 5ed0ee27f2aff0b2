using System.Text.Json.Nodes;
using System.Xml.Linq;
using Trainer.Reports;
using Trainer.Reports.Pages;

namespace Trainer.Tests.Reports;

public sealed class ReportPageTests
{
    [Fact]
    public void Names_from_users_and_files_are_shown_and_do_nothing()
    {
        var page = Read(SampleRun.Of());
        page.StandsAlone();
        Assert.Equal(SampleRun.Hostile, page.Descendants("h1").Single().Value);
        Assert.Contains(
            SampleRun.Hostile.Replace("\"", "\\\"", StringComparison.Ordinal), page.Descendants("pre").Last().Value,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_final_table_has_the_accuracies_and_their_intervals()
    {
        // Wilson at 95 % by hand: 32 of 40 is 0.6524 to 0.8950, 28 of 40 is 0.5457 to 0.8193, 16 of 40 is 0.2635 to
        // 0.5540.
        Assert.Equal(
            [
                ["best", SampleRun.Hostile, "L∞ ≤ 0.1", "40", "50.0 %", "35.2 to 64.8 %", "80.0 %", "65.2 to 89.5 %",
                    "85.0 % of 60"],
                ["last", SampleRun.Hostile, "L2 ≤ 0.5", "40", "40.0 %", "26.3 to 55.4 %", "70.0 %", "54.6 to 81.9 %",
                    "75.0 % of 60"],
            ],
            Read(SampleRun.Of()).Rows("under attack"));
    }

    [Fact]
    public void The_epochs_are_there_as_a_table() => Assert.Equal(
        [
            ["1", "2", "61.5", "2.5000", "15.0 %", "50.0 %", "25.0 %", "14.0 to 40.0 %"],
            ["2", "4", "60.0", "1.3750", "35.0 %", "75.0 %", "50.0 %", "35.0 to 65.0 %"],
        ],
        Read(SampleRun.Of()).Rows("seconds"));

    [Fact]
    public void What_was_verified_and_certified_on_held_out_images_and_clean_training_accuracy_are_there_too()
    {
        var run = SampleRun.Of();
        var recipe = run.Recipe.DeepClone().AsObject();
        recipe["checkpoint"] = new JsonObject { ["monitor"] = "validation.certified" };
        var page = Read(run with
        {
            Recipe = recipe,
            Epochs = [run.Epochs[0], run.Epochs[1] with
            {
                Train = new Dictionary<string, double?> { ["loss"] = 1, ["cleanAccuracy"] = 0.625 },
                Validation = run.Epochs[1].Validation! with
                {
                    Verified = new("ibp", new(40, 0.25, [0.142, 0.402])),
                    Certified = new(20, 0.25, 0.375, new Dictionary<string, double> { ["0.00"] = 0.5 }),
                },
            }],
        });
        Assert.Equal(
            [
                ["1", "2", "61.5", "2.5000", "–", "15.0 %", "50.0 %", "25.0 %", "14.0 to 40.0 %", "–", "–", "–"],
                ["2", "4", "60.0", "1.0000", "62.5 %", "–", "75.0 %", "50.0 %", "35.0 to 65.0 %", "25.0 %",
                    "14.2 to 40.2 %", "0.375"],
            ],
            page.Rows("seconds"));
        Assert.Contains(page.Descendants("figcaption"), caption => caption.Value == "Average certified radius, σ 0.25");
        var legend = page.Descendants("figcaption").Single(caption =>
            caption.Value.StartsWith("Accuracyheld out", StringComparison.Ordinal)).Value;
        Assert.Contains("held out, verified, L∞ ≤ 0.1", legend, StringComparison.Ordinal);
        Assert.Contains("training, clean", legend, StringComparison.Ordinal);
        Assert.Contains(page.Descendants("p"), note => note.Value
            == "Best: the checkpoint with the highest average certified radius on the held-out images.");
    }

    [Fact]
    public void The_headline_is_the_best_checkpoints_and_names_the_images_that_were_counted()
    {
        var cards = Read(SampleRun.Of()).Descendants("dl").Single().Elements("div")
            .Select(card => card.Value.Replace('\u00A0', ' ')).ToList();
        Assert.Equal("Clean accuracy85.0 %73.9 to 91.9 %60 test imagesbest checkpoint", cards[0]);
        Assert.Equal(
            $"Accuracy under attack50.0 %35.2 to 64.8 %{SampleRun.Hostile}, L∞ ≤ 0.1, 40 test imagesbest checkpoint",
            cards[1]);
        Assert.StartsWith("Threat modelL∞ ≤ 0.1", cards[2], StringComparison.Ordinal);
        Assert.StartsWith("Time2 min 2 s", cards[3], StringComparison.Ordinal);
    }

    [Fact]
    public void Accuracy_against_epsilon_names_its_attack_and_its_images()
    {
        var page = Read(SampleRun.Of());
        Assert.Contains(
            page.Descendants("p"), text => text.Value.StartsWith("pgd-20 on the margin, one start, "
            + "on the first 40 test images, with the weights of 000002-step-000000004.", StringComparison.Ordinal));
        Assert.Equal(["0.1000", "25.5", "20", "50.0 %", "35.2 to 64.8 %"], page.Rows("right")[1]);
    }

    [Fact]
    public void Confusion_is_shown_before_and_after_the_attack()
    {
        var tables = Read(SampleRun.Of()).Descendants("table")
            .Where(table => (string?)table.Attribute("class") == "confusion").ToList();
        Assert.Equal(["Clean", $"After {SampleRun.Hostile}"], tables.Select(table => table.Element("caption")!.Value));
        Assert.Equal(["1", "", "1", "1"], tables[1].Element("tbody")!.Descendants("td").Select(cell => cell.Value));
    }

    [Fact]
    public void Many_classes_are_summed_up_by_the_commonest_mistakes()
    {
        var run = SampleRun.Of();
        var counts = Enumerable.Range(0, 30).Select(truth => (IReadOnlyList<int>)[.. Enumerable.Range(0, 30)
            .Select(predicted => truth == 3 && predicted == 7 ? 5 : 0)]).ToList();
        var examination = run.Examination! with
        {
            ClassNames = [.. Enumerable.Range(0, 30)
            .Select(index => $"class {index}")],
            Attacked = run.Examination.Attacked! with { After = new(counts) }
        };
        var page = Read(run with { Examination = examination });
        Assert.DoesNotContain(page.Descendants("table"), table => (string?)table.Attribute("class") == "confusion");
        Assert.Contains(
            page.Descendants("tr"), row =>
            row.Elements().Select(cell => cell.Value).SequenceEqual(["class 3", "class 7", "5"]));
    }

    [Fact]
    public void Checks_are_shown_with_their_verdict() =>
        Assert.Equal(
            [["zero-gradient", "0.75", "0.1", "flagged", "<script> Try square."],
            ["noise", "–", "0.5", "not applicable", "It has none."]],
            Read(SampleRun.Of()).Rows("threshold"));

    [Fact]
    public void A_run_that_has_just_begun_has_a_page()
    {
        var begun = new RunRecord { Folder = "/runs/begun", Recipe = [], Steps = [], Epochs = [], Finals = [] };
        var page = Read(begun);
        page.StandsAlone();
        Assert.Equal("begun", page.Descendants("h1").Single().Value);
        Assert.Contains("Not finished; so far 0 epochs, 0 steps.", page.Value, StringComparison.Ordinal);
        Assert.Contains(
            "The final evaluation on the test images has not been made.", page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_is_one_that_a_shell_takes()
    {
        var run = SampleRun.Of() with
        {
            Starts = [new(
            new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), ["train", "my.json", "--set", "data={\"type\":\"it's\"}"])]
        };
        Assert.Contains(
            "# 2026-01-02 03:04:05 +00:00\ntrainer train my.json --set 'data={\"type\":\"it'\\''s\"}'\n",
            Read(run).Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Titles_and_descriptions_are_found_by_ids_that_are_there_once()
    {
        var page = Read(SampleRun.Of());
        var ids = page.Descendants().Attributes("id").Select(id => id.Value).ToList();
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(page.Descendants().Attributes("aria-labelledby").SelectMany(names => names.Value.Split(' ')), name =>
            Assert.Contains(name, ids));
        Assert.All(page.Descendants("img"), image => Assert.NotEqual("", (string?)image.Attribute("alt") ?? ""));
    }

    private static XElement Read(RunRecord run) => PageReading.Parse(ReportPage.Of(run));
}
