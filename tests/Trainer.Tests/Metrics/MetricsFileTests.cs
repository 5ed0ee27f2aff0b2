using Trainer.Engine.Metrics;
using Trainer.Recipes;

namespace Trainer.Tests.Metrics;

public sealed class MetricsFileTests
{
    private static readonly StepMetrics Step = new(0, 20, 2.1, null, 0.2, 0.05, 1.9, 9300);
    private static readonly EpochMetrics Epoch =
        new(1, 469, 14.2, new Dictionary<string, double?> { ["loss"] = 1.1 }, new(1000, 0.81, 0.66, "pgd-20"));
    private static readonly FinalMetrics Final = new("best", new(1000, 0.88, 0.78, "autoattack", [0.75, 0.80]));

    [Fact]
    public void Lines_have_the_form_of_the_documentation()
    {
        using var folder = new TemporaryFolder();
        using (var metrics = MetricsFile.Open(folder.At("metrics.jsonl"), 0))
        {
            metrics.Append(Step);
            metrics.Append(Epoch);
            metrics.Append(Final);
        }
        Assert.Equal(
            """
            {"type":"step","epoch":0,"step":20,"loss":2.1,"cleanAccuracy":null,"adversarialAccuracy":0.2,"learningRate":0.05,"gradientNorm":1.9,"imagesPerSecond":9300}
            {"type":"epoch","epoch":1,"step":469,"seconds":14.2,"train":{"loss":1.1},"validation":{"examples":1000,"clean":0.81,"robust":0.66,"attack":"pgd-20"}}
            {"type":"final","checkpoint":"best","test":{"examples":1000,"clean":0.88,"robust":0.78,"attack":"autoattack","interval":[0.75,0.8]}}

            """,
            File.ReadAllText(folder.At("metrics.jsonl")));
    }

    [Fact]
    public void Lines_are_read_back()
    {
        using var folder = new TemporaryFolder();
        using var metrics = MetricsFile.Open(folder.At("metrics.jsonl"), 0);
        metrics.Append(Step);
        metrics.Append(Epoch);
        metrics.Append(Final);

        var lines = MetricsFile.Read(folder.At("metrics.jsonl")).ToArray();

        Assert.Equal(Step, lines[0]);
        Assert.Equal(Epoch with { Train = Assert.IsType<EpochMetrics>(lines[1]).Train }, lines[1]);
        Assert.Equal(1.1, Assert.IsType<EpochMetrics>(lines[1]).Train["loss"]);
        Assert.Equal([0.75, 0.80], Assert.IsType<FinalMetrics>(lines[2]).Test.Interval);
    }

    [Fact]
    public void Lines_that_there_is_no_room_for_wait_whole_and_in_order()
    {
        using var disk = new SmallDisk { Room = 300 };
        var metrics = new MetricsFile(disk);
        Assert.Null(metrics.Append(Step));
        var one = metrics.Length;
        Assert.Equal("full", metrics.Append(Epoch)?.Message);
        Assert.Equal("full", metrics.Append(Final)?.Message);
        Assert.Equal((one, one), (metrics.Length, disk.Length));
        Assert.NotNull(metrics.Write());
        disk.Room = 10_000;
        Assert.Null(metrics.Write());
        Assert.Equal(disk.Length, metrics.Length);
        Assert.Null(metrics.Write());
        Assert.Equal(
            [.. Step.ToJson(), (byte)'\n', .. Epoch.ToJson(), (byte)'\n', .. Final.ToJson(), (byte)'\n'],
            disk.ToArray());
    }

    [Fact]
    public void Lines_wait_where_writing_is_forbidden_and_the_file_cannot_be_cut()
    {
        using var disk = new SmallDisk { Room = 300, Fault = new UnauthorizedAccessException("forbidden") };
        var metrics = new MetricsFile(disk);
        Assert.Null(metrics.Append(Step));
        var one = metrics.Length;
        Assert.Equal("forbidden", metrics.Append(Epoch)?.Message);
        Assert.Equal((one, 300), (metrics.Length, disk.Length));
        disk.Fault = null;
        disk.Room = 10_000;
        Assert.Null(metrics.Write());
        Assert.Equal([.. Step.ToJson(), (byte)'\n', .. Epoch.ToJson(), (byte)'\n'], disk.ToArray());
    }

    [Fact]
    public void A_last_line_without_an_end_is_left_out()
    {
        using var folder = new TemporaryFolder();
        using (var metrics = MetricsFile.Open(folder.At("metrics.jsonl"), 0))
        {
            metrics.Append(Step);
            metrics.Append(Epoch);
        }
        var whole = File.ReadAllBytes(folder.At("metrics.jsonl"));
        File.WriteAllBytes(folder.At("metrics.jsonl"), whole[..^20]);
        Assert.Equal([Step], MetricsFile.Read(folder.At("metrics.jsonl")));
        File.WriteAllText(folder.At("metrics.jsonl"), "{\"type\":");
        Assert.Empty(MetricsFile.Read(folder.At("metrics.jsonl")));
    }

    [Fact]
    public void Numbers_that_are_not_finite_are_null()
    {
        using var folder = new TemporaryFolder();
        using (var metrics = MetricsFile.Open(folder.At("metrics.jsonl"), 0))
        {
            metrics.Append(Step with
            {
                Loss = double.NaN,
                LearningRate = double.PositiveInfinity,
                GradientNorm = double.NegativeInfinity,
            });
            metrics.Append(Epoch with
            {
                Train = new Dictionary<string, double?> { ["loss"] = double.NaN },
                Validation = null,
            });
        }
        Assert.Equal(
            """
            {"type":"step","epoch":0,"step":20,"loss":null,"cleanAccuracy":null,"adversarialAccuracy":0.2,"learningRate":null,"gradientNorm":null,"imagesPerSecond":9300}
            {"type":"epoch","epoch":1,"step":469,"seconds":14.2,"train":{"loss":null},"validation":null}

            """,
            File.ReadAllText(folder.At("metrics.jsonl")));
    }

    [Fact]
    public void At_resume_the_file_is_cut_to_the_recorded_length_and_continued_from_there()
    {
        using var folder = new TemporaryFolder();
        long recorded;
        using (var metrics = MetricsFile.Open(folder.At("metrics.jsonl"), 0))
        {
            metrics.Append(Step);
            recorded = metrics.Length;
            metrics.Append(Step with { Step = 40 });
            metrics.Append(Epoch);
        }
        using (var metrics = MetricsFile.Open(folder.At("metrics.jsonl"), recorded))
            metrics.Append(Step with { Step = 41 });

        Assert.Equal([Step, Step with { Step = 41 }], MetricsFile.Read(folder.At("metrics.jsonl")));
    }

    [Theory]
    [InlineData(1, "recorded")]
    [InlineData(-1, "no end of line")]
    public void A_file_that_is_not_the_recorded_one_is_refused_and_left_as_it_is(int difference, string reason)
    {
        using var folder = new TemporaryFolder();
        using (var metrics = MetricsFile.Open(folder.At("metrics.jsonl"), 0))
            metrics.Append(Step);
        var text = File.ReadAllText(folder.At("metrics.jsonl"));

        var exception = Assert.Throws<TrainerException>(() => MetricsFile.Open(
            folder.At("metrics.jsonl"), text.Length + difference));

        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(folder.At("metrics.jsonl")));
    }

    [Fact]
    public void A_line_of_another_form_is_named_by_its_number()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            folder.At("metrics.jsonl"),
            "{\"type\":\"step\",\"epoch\":0,\"step\":1,\"learningRate\":0.1}\n{\"type\":\"what\"}\n");
        var exception = Assert.Throws<TrainerException>(() => MetricsFile.Read(folder.At("metrics.jsonl")).ToArray());
        Assert.Contains("Line 2", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_of_epochs_has_a_column_for_every_metric_that_was_ever_known()
    {
        using var folder = new TemporaryFolder();
        EpochsTable.Write(
            folder.At("epochs.csv"), [Epoch with { Validation = null },
            Epoch with
            {
                Epoch = 2,
                Train = new Dictionary<string, double?> { ["loss"] = null },
                Validation = new(10, 0.5, null, "pgd, \"20\""),
            }]);
        Assert.Equal(
            """"
            epoch,step,seconds,train.loss,validation.examples,validation.clean,validation.attack
            1,469,14.2,1.1,,,
            2,469,14.2,,10,0.5,"pgd, ""20"""

            """",
            File.ReadAllText(folder.At("epochs.csv")));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    private sealed class SmallDisk : MemoryStream
    {
        public int Room { get; set; }

        /// <summary>With what writing and cutting fail.</summary>
        public Exception? Fault { get; set; }

        public override void SetLength(long value)
        {
            if (Fault is { } fault)
                throw fault;
            base.SetLength(value);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var fits = Math.Min(buffer.Length, Room - (int)Length);
            base.Write(buffer[..fits]);
            if (fits < buffer.Length)
                throw Fault ?? new IOException("full");
        }
    }
}
