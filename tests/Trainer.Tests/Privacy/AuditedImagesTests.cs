using TorchSharp;
using Trainer.Engine.Devices;
using Trainer.Engine.Evaluation.Privacy;
using Trainer.Recipes;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Training;

namespace Trainer.Tests.Privacy;

/// <summary>The images that an audit asks about, as they are and attacked.</summary>
public sealed class AuditedImagesTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void An_attack_takes_all_its_steps_also_where_an_image_is_misclassified_before()
    {
        // Class 0 above 0.5: the first of five steps of 0.02 is enough for one image, none for the other.
        using var network = new TinyNetwork(new float[,] { { 1 }, { 0 } }, [0, 0.5f]);
        using var classifier = network.Classifier;
        using var evaluation = classifier.InEvaluationMode();
        using var workers = new BatchWorkers(CPU, 1);
        var attack = new AuditedAttack(
            new Pgd { Steps = 5, StepSize = 0.02, RandomStart = false },
            new ThreatModel { Norm = Norm.Linf, Epsilon = 0.1 }, RandomKey.Of(1), workers);
        var adversarial = attack.Run(
            classifier, tensor(new[] { 0.51f, 0.75f }).reshape(2, 1, 1, 1), zeros(2, ScalarType.Int64), [0, 1]);
        TensorAssert.Close(tensor(new[] { 0.41f, 0.65f }).reshape(2, 1, 1, 1), adversarial, 1e-6);
    }

    [Fact]
    public void Unknown_training_rows_are_refused()
    {
        using var folder = new TemporaryFolder();
        var run = new TinyRun(folder.At("run"));
        run.Train(TinyRun.Recipe(("train.maxSteps", 1)));
        using var data = new SyntheticImages().Load([]); // Tells no rows.
        var fault = Assert.Throws<TrainerException>(() => AuditedExamples.Of(data, null, run.Newest(), null, 1));
        Assert.Equal(ErrorKind.Data, fault.Kind);
        Assert.Contains("does not say which rows it trains on, and an audit has to know them. Make its parts",
            fault.Message, StringComparison.Ordinal);
    }
}
