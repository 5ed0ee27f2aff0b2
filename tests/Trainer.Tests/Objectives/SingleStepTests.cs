using Trainer.Robustness.Objectives;
using Trainer.Robustness.Threats;
using Trainer.Tests.Random;

namespace Trainer.Tests.Objectives;

/// <summary>Single-step training on a network whose steepest direction is known, from draws that are.</summary>
public sealed class SingleStepTests
{
    // The gradient of class 0's cross-entropy is positive in the first value and negative in the second.
    private static readonly float[,] Weight = { { 0, 0 }, { 1, -1 } };

    [Fact]
    public void Fgsm_from_a_random_start_steps_by_its_factor_and_is_projected()
    {
        // Draws of 0.25 and 0.75 start at -0.05 and 0.05: 0.125 further, within 0.1.
        Check(new FgsmRs(), [0.5f, 0.5f], [0.25f, 0.75f], [0.575f, 0.425f]);
        Check(new FgsmRs { StepFactor = 2 }, [0.5f, 0.5f], [0.25f, 0.75f], [0.6f, 0.4f]);
        Check(new FgsmRs { Alpha = 0.02 }, [0.5f, 0.5f], [0.25f, 0.75f], [0.47f, 0.53f]);
        // The start is clamped to the box before the step.
        Check(new FgsmRs { Alpha = 0.02 }, [0.01f, 0.99f], [0.25f, 0.75f], [0.02f, 0.98f]);
    }

    [Fact]
    public void Fgsm_from_strong_noise_is_clamped_to_the_box_alone_before_and_after_the_step()
    {
        // Draws of 0.25 and 0.75 start at -0.1 and 0.1; of 1 and 0 at 0.2 and -0.2. The step of 0.1 adds to them.
        Check(new NFgsm(), [0.5f, 0.5f], [0.25f, 0.75f], [0.5f, 0.5f]);
        Check(new NFgsm(), [0.5f, 0.5f], [1f, 0f], [0.8f, 0.2f]);
        Check(new NFgsm { Noise = 1 }, [0.5f, 0.5f], [1f, 0f], [0.7f, 0.3f]);
        Check(new NFgsm(), [0.05f, 0.95f], [0f, 1f], [0.1f, 0.9f]);
        Check(new NFgsm(), [0.75f, 0.25f], [1f, 0f], [1f, 0f]);
        Assert.Equal(0.3, new NFgsm().Bound(new() { Norm = Norm.Linf, Epsilon = 0.1 }), 1e-12);
    }

    private static void Check(IObjective objective, float[] image, float[] draws, float[] expected)
    {
        using var scope = NewDisposeScope();
        using var network = new TinyNetwork(Weight);
        var batch = new TrainingBatch(
            new(network.Classifier), network.Classifier, tensor(image).reshape(1, 1, 1, 2), new(tensor([0L])), new()
            {
                Norm = Norm.Linf,
                Epsilon = 0.1,
            },
            new ReplayedRandom(1, (_, shape) => tensor(draws).reshape(shape)), new Dictionary<string, Tensor>());
        TensorAssert.Close(tensor(expected), objective.Perturb(batch)!.flatten(), 1e-6);
    }
}
