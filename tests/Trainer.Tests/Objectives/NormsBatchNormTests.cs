using System.Text.Json;
using Trainer.Engine.Networks;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;
using Trainer.Tests.Fixtures;
using static Trainer.Tests.Objectives.NormalisedTwoLayerNetwork;

namespace Trainer.Tests.Objectives;

/// <summary>
/// The choice of adversarial images, the loss, its gradients and the running statistics of a network with batch norm,
/// after the order and the modes of public code's passes: see make_norms_fixture.py.
/// </summary>
public sealed class NormsBatchNormTests
{
    private static readonly JsonElement Expected = Fixture.Read("norms.json");
    private static readonly JsonElement BatchNorm = Expected.GetProperty("batchNorm");

    private static readonly IReadOnlyList<TrainingThreat> Threats =
    [
        new() { Norm = Norm.Linf, Epsilon = 0.1, Attack = new Given("source") },
        new() { Norm = Norm.L1, Epsilon = 0.8, Attack = new Given("target") },
    ];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, BatchNorm.GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Images_loss_gradients_and_statistics_are_those_of_the_public_order_of_passes(int index)
    {
        using var scope = NewDisposeScope();
        var expected = BatchNorm.GetProperty("cases")[index];
        using var module = new NormalisedTwoLayerNetwork(Expected.GetProperty("weights"), BatchNorm);
        using var classifier = new Classifier(module, 4);
        using var buffers = new FlatBuffers(module);
        using var network = new BatchNormNetwork(classifier, buffers, second: null, new(), batchSize: 7);
        var objective = Objective(expected.GetProperty("objective").GetString()!);
        var batch = Batch(network, objective);

        Tensor adversarial;
        using (batch.AttackNetwork.InEvaluationMode())
            adversarial = objective.Perturb(batch)!;
        var loss = objective.Loss(batch, adversarial);
        loss.Loss.backward();

        TensorAssert.Close(Numbers(expected, "adversarial"), adversarial.flatten(), 1e-7);
        module.AssertMatches(expected, loss.Loss);
    }

    private static IObjective Objective(string name) => name switch
    {
        "max" => new MaxThreat { Threats = Threats },
        "average" => new AverageThreat { Threats = Threats },
        "e-at" => new ExtremeNorms { Threats = Threats },
        "ramp" => new Ramp { Threats = Threats },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Not in the fixture."),
    };

    private static TrainingBatch Batch(TrainingNetwork network, IObjective objective)
    {
        var images = Images("images");
        var state = objective.State(new([7, 1, 1, 20], 4, 7)).ToDictionary(
            pair => pair.Key, pair => zeros([.. pair.Value.Shape], ScalarType.Float32));
        // Only the second threat model was ever misclassified, so that e-at draws it.
        if (objective is ExtremeNorms)
            state["errors"].copy_(tensor(new float[,] { { 0, 7 }, { 3, 7 } }));
        return new(
            network, network.Classifier, images, new(Numbers(Expected, "labels").to(ScalarType.Int64)),
            Threats[0].Model, RandomSource.ForBatch(RandomKey.Of(1)), state);
    }

    private static Tensor Images(string name) => Numbers(Expected, name).reshape(7, 1, 1, 20);

    /// <summary>Finds the images of the fixture.</summary>
    private sealed record Given(string Name) : IAttack
    {
        public AttackLossKind? Loss => null;

        public AttackResult Run(AttackBatch batch) => new(Images(Name));
    }
}
