using System.Text.Json;
using Trainer.Engine.Networks;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Threats;
using Trainer.Tests.Fixtures;
using Trainer.Tests.Random;
using static Trainer.Tests.Objectives.NormalisedTwoLayerNetwork;

namespace Trainer.Tests.Objectives;

/// <summary>
/// The attack, the loss, its gradients and the running statistics of a network with batch norm, after the order and the
/// modes of public code's passes and after the departures from it: see make_regularised_fixture.py.
/// </summary>
public sealed class RegularisedBatchNormTests
{
    private static readonly JsonElement Expected = Fixture.Read("regularised-objectives.json");
    private static readonly JsonElement BatchNorm = Expected.GetProperty("batchNorm");

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, BatchNorm.GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Attack_loss_gradients_and_statistics_are_those_of_the_public_order_of_passes(int index)
    {
        using var scope = NewDisposeScope();
        var expected = BatchNorm.GetProperty("cases")[index];
        var options = new BatchNormOptions
        {
            Attack = Word<BatchNormAttack>(expected.GetProperty("attack")),
            Update = [.. expected.GetProperty("update").EnumerateArray().Select(Word<StatisticsUpdate>)],
        };
        using var module = new NormalisedTwoLayerNetwork(Expected.GetProperty("weights"), BatchNorm);
        using var classifier = new Classifier(module, 4);
        using var buffers = new FlatBuffers(module);
        using var network = new BatchNormNetwork(classifier, buffers, second: null, options, batchSize: 7);
        var objective = Objective(expected.GetProperty("objective").GetString()!);
        var batch = Batch(network, objective);

        var adversarial = objective is DivergenceObjective
            ? Numbers(expected, "adversarial").reshape(7, 1, 1, 6) : Attacked(objective, batch, options.Attack);
        var loss = objective.Loss(batch, adversarial);
        loss.Loss.backward();

        AssertClose(Numbers(expected, "adversarial"), adversarial.flatten());
        module.AssertMatches(expected, loss.Loss);
    }

    private static Tensor Attacked(IObjective objective, TrainingBatch batch, BatchNormAttack attack)
    {
        using var evaluation = attack == BatchNormAttack.Eval ? batch.AttackNetwork.InEvaluationMode() : null;
        using var kept = attack == BatchNormAttack.Batch ? batch.Network.WithoutUpdates() : null;
        return objective.Perturb(batch)!;
    }

    private static IObjective Objective(string name) => name switch
    {
        "gradalign" => new GradAlign { Lambda = 2 },
        "nuat" => new NuAt { RampEpochs = 0 },
        "elle" => new Elle { Lambda = 40, Adaptive = false },
        "gkl" => new Gkl { Attack = Near },
        "dkl" => new Dkl { Alpha = 3, Beta = 2, Attack = Near },
        "fgsm-pco" => new FgsmPco(),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Not in the fixture."),
    };

    private static Pgd Near => new() { Steps = 1, GaussianStart = 0.001 };

    private static TrainingBatch Batch(TrainingNetwork network, IObjective objective)
    {
        var images = Numbers(Expected, "images").reshape(7, 1, 1, 6);
        var labels = Numbers(Expected, "labels").to(ScalarType.Int64);
        var state = objective.State(new([7, 1, 1, 6], 4, 7)).ToDictionary(
            pair => pair.Key, pair => zeros([.. pair.Value.Shape], ScalarType.Float32));
        Targets targets = new(labels);
        switch (objective)
        {
            case NuAt:
                state["steps"].fill_(1);
                break;
            case Gkl:
                state["sums"].copy_(Numbers(Expected, "means").reshape(4, 4));
                break;
            case FgsmPco:
                state["perturbations"].copy_(Numbers(Expected, "kept").reshape(7, 1, 1, 6));
                var smooth = Numbers(Expected, "smooth").reshape(7, 4);
                targets = new(labels, smooth, smooth)
                {
                    Origin = ImageOrigin.Unchanged(arange(7, ScalarType.Int64), images),
                };
                break;
        }
        var draws = Expected.GetProperty("draws");
        var random = new ReplayedRandom(7, (fields, shape) => tensor(
            Fixture.Numbers(draws[fields is [.., < 3 and var number] ? (int)number : 0]), ScalarType.Float32)
            .reshape(shape));
        return new(
            network, network.Classifier, images, targets, new() { Norm = Norm.Linf, Epsilon = 0.1 }, random, state);
    }

    private static T Word<T>(JsonElement word) where T : struct, Enum =>
        Enum.Parse<T>(word.GetString()!, ignoreCase: true);
}
