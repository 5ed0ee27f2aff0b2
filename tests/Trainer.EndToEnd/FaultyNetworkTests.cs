namespace Trainer.EndToEnd;

/// <summary>Mistakes of a user's network that would end the process without a message.</summary>
public sealed class FaultyNetworkTests(FaultyNetworkTests.TrainedRun trained)
    : IClassFixture<FaultyNetworkTests.TrainedRun>
{
    private const string Native = "error: model: a trial of the network of Faulty.Faulty in a child process was ended "
        + "by signal 6: ";
    private const string Ordinary = "error: model: the network of Faulty.Faulty does not work: ";
    private const string WrongPass = Ordinary + "two images [2, 1, 8, 8] cannot go through it: ";

    // Those that end the process, one that is an exception, and one that only the logits show.
    private static readonly Dictionary<string, string> Messages = new()
    {
        ["matmul-shapes"] = Native + "mat1 and mat2 shapes cannot be multiplied (2x64 and 3x2).",
        ["cummax-dimension"] = Native + "Dimension out of range (expected to be in range of [-2, 1], but got 7).",
        ["cummin-dimension"] = Native + "Dimension out of range (expected to be in range of [-2, 1], but got 7).",
        ["jit-operator"] = Native + "Unknown builtin op: aten::no_such_operator.",
        ["grad-without-graph"] = Native + "element 0 of tensors does not require grad and does not have a grad_fn.",
        ["no-threads"] = Native + "Expected positive number of threads.",
        ["guarded-grad-without-graph"] =
            WrongPass + "element 0 of tensors does not require grad and does not have a grad_fn.",
        ["double-logits"] = Ordinary + "its logits are Float64, expected Float32.",
    };

    public static TheoryData<string> Mistakes => [.. Messages.Keys];

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Each_mistake_is_reported_by_a_check_of_the_recipe(string mistake)
    {
        var before = trained.Workbench.Contents;
        AssertTold(
            Messages[mistake], trained.Run("recipe", "check", "faulty.json", "--set", $"model.mistake={mistake}"));
        Assert.Equal(before, trained.Workbench.Contents);
    }

    [Theory]
    [InlineData("matmul-shapes")]
    [InlineData("double-logits")]
    public void A_mistake_is_reported_by_training_before_anything_is_created(string mistake)
    {
        var before = trained.Workbench.Contents;
        AssertTold(Messages[mistake], trained.Train(mistake));
        Assert.Equal(before, trained.Workbench.Contents);
    }

    [Theory]
    [InlineData("matmul-shapes")]
    [InlineData("double-logits")]
    public void A_mistake_is_reported_by_an_evaluation_before_anything_is_created(string mistake)
    {
        var before = trained.Workbench.Contents;
        AssertTold(Messages[mistake], trained.Evaluate(mistake));
        Assert.Equal(before, trained.Workbench.Contents);
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    [Trait("duration", "long")]
    public void Each_mistake_is_reported_by_an_evaluation(string mistake) =>
        AssertTold(Messages[mistake], trained.Evaluate(mistake));

    [Fact]
    public void A_mistake_of_an_attack_is_reported_by_training_before_anything_is_created()
    {
        var before = trained.Workbench.Contents;
        AssertTold(
            "error: extensions: a trial of a step in a child process was ended by signal 6: element 0 of tensors does "
            + "not require grad and does not have a grad_fn.",
            trained.Run("train", "faulty.json", "--set", "model=conv-small", "--set",
                """objective={"type":"pgd-at","attack":"faulty-attack"}"""));
        Assert.Equal(before, trained.Workbench.Contents);
    }

    [Fact]
    public void A_gradient_of_the_networks_own_does_not_end_the_masking_checks() =>
        // Attacks break every image at once at this radius.
        Assert.Equal(0, trained.Evaluate(
            "own-gradient", "--checks", "--examples", "20", "--threat", """{"norm":"linf","epsilon":0.9}""").ExitCode);

    [Fact]
    public void A_network_without_a_gradient_of_its_images_is_trained_and_evaluated()
    {
        var run = trained.Train("cut-graph", "--run", "cut");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(0, trained.Evaluate("cut-graph").ExitCode);
    }

    [Fact]
    public void Logits_without_a_graph_are_reported_before_training() =>
        AssertTold(
            "error: model: a trial of the network of Faulty.Faulty in a child process failed with exit code 1: "
            + "ExternalException: element 0 of tensors does not require grad",
            trained.Train("detached-logits"));

    [Fact]
    public void A_sparse_gradient_in_the_place_of_a_dense_one_is_reported()
    {
        var run = trained.Train("sparse-gradient", "--run", "sparse");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(
            "error: InvalidOperationException: The parameter offsets.weight left the flat buffer", run.Error);
    }

    [Fact]
    public void A_failure_in_one_of_two_processes_ends_an_evaluation_and_names_the_process() => AssertNamed(
        "evaluate", "good", "--extension", TrainedRun.Extension, "--set", "model.mistake=second-process-fails", "--set",
        "evaluate.batchSize=5");

    [Fact]
    [Trait("duration", "long")]
    public void A_failure_in_one_of_two_processes_ends_training_and_names_the_process() => AssertNamed(
        "train", "faulty.json", "--run", "failed", "--set", "model.mistake=second-process-fails");

    private void AssertNamed(params string[] arguments)
    {
        using var started = TrainerProcess.StartBy(MpiTests.OpenMpi(2), trained.Workbench.Folder, arguments);
        var ended = started.Finish();
        Assert.NotEqual(0, ended.ExitCode);
        Assert.True(ended.Error.Contains(
            $"error: rank 1 on {Environment.MachineName}: InvalidOperationException: The network of the second process "
            + "fails.", StringComparison.Ordinal), ended.Error);
    }

    private static void AssertTold(string expected, CommandResult result)
    {
        Assert.StartsWith(expected, result.Error);
        Assert.Equal(2, result.ExitCode);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    /// <summary>A run of the network without a mistake.</summary>
    public sealed class TrainedRun : IDisposable
    {
        public TrainedRun()
        {
            File.WriteAllText(Workbench.At("faulty.json"), $$"""
                {
                  "extends": "small.json",
                  "extensions": ["{{Extension}}"],
                  "name": "faulty",
                  "model": { "type": "faulty" },
                  "train": { "epochs": 1, "maxSteps": 4 },
                  "logging": { "everySteps": 10 }
                }
                """);
            var run = Train(
                "none", "--run", "good", "--set", "objective=\"standard\"", "--set", "train.maxSteps=30", "--set",
                """optimizer={"type":"adam","learningRate":0.01}""");
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
        }

        internal Workbench Workbench { get; } = new();

        internal static string Extension => Repository.At("tests", "Trainer.FaultyExtension", "bin", "Faulty.dll");

        public void Dispose() => Workbench.Dispose();

        internal CommandResult Run(params string[] arguments) => Workbench.Run(arguments);

        internal CommandResult Train(string mistake, params string[] more) =>
            Run(["train", "faulty.json", "--set", $"model.mistake={mistake}", .. more]);

        internal CommandResult Evaluate(string mistake, params string[] more) =>
            Run(["evaluate", "good", "--extension", Extension, "--set", $"model.mistake={mistake}", .. more]);
    }
}
