using TorchSharp;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Objectives;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Tests.Objectives;

/// <summary>Regularised objectives where their terms have closed forms.</summary>
public sealed class RegularisedTests : IDisposable
{
    private static readonly Pgd Near = new() { Steps = 1, GaussianStart = 0.001 };
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Gradients_of_two_classes_with_linear_logits_are_aligned()
    {
        // The gradient of the cross-entropy is (p - y) times the difference of the two rows of weights.
        using var network = new TinyNetwork(new float[,] { { 1, -2, 3 }, { -1, 0.5f, 2 } });
        var batch = Batch(network, [0, 1, 1]);
        var plain = Loss(new GradAlign { Lambda = 0 }, batch);
        Assert.Equal(plain, Loss(new GradAlign { Lambda = 100 }, batch), 1e-4);
        Assert.Equal(plain, Loss(new FgsmRs(), batch), 1e-6);
    }

    [Fact]
    public void A_row_without_a_gradient_adds_nothing_to_the_alignment()
    {
        using var network = new TinyNetwork(new float[,] { { 1, -2, 3 }, { 1, -2, 3 } });
        Assert.Equal(Math.Log(2), Loss(new GradAlign { Lambda = 100 }, Batch(network, [0, 1, 1])), 1e-6);
        Assert.All(network.parameters(), parameter => Assert.True(parameter.grad!.isfinite().all().item<bool>()));
    }

    [Fact]
    public void The_nuclear_norm_of_a_matrix_of_rank_one_is_its_Frobenius_norm_and_of_zeros_has_a_finite_gradient()
    {
        var matrix = outer(tensor(new[] { 1f, -2, 3, 0.5f }), tensor(new[] { 2f, 0, -1 }));
        Assert.Equal(matrix.norm().item<float>(), NuclearNorm.Of(matrix).item<float>(), 1e-5);
        Assert.Equal(6, NuclearNorm.Of(diag(tensor(new[] { 1f, -2, 3 }))).item<float>(), 1e-5);
        var zero = zeros(4, 3, requires_grad: true);
        NuclearNorm.Of(zero).backward();
        Assert.True(zero.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void Lambda_of_nuat_rises_from_zero_over_its_ramp()
    {
        using var network = new TinyNetwork(new float[,] { { 1, -2, 3 }, { -1, 0.5f, 2 } });
        var batch = Batch(network, [0, 1, 1]) with
        {
            State = new Dictionary<string, Tensor> { ["steps"] = tensor(0f) },
        };
        double At(int epoch) => Loss(new NuAt { Lambda = 2, RampEpochs = 4 }, batch with { Epoch = epoch });
        var norm = (At(5) - At(1)) / 2;
        Assert.True(norm > 0.01);
        Assert.Equal(At(1) + norm, At(3), 1e-5);
        Assert.Equal(At(5), At(9));
        Assert.Equal(At(5), Loss(new NuAt { Lambda = 2, RampEpochs = 0 }, batch));
    }

    [Fact]
    public void A_loss_that_is_linear_in_the_ball_has_no_error_of_linearity()
    {
        // So sure of a wrong class that the cross-entropy is the difference of the logits.
        using var network = new TinyNetwork(new float[,] { { 3, -2, 1 }, { 0, 0, 0 } }, [40, 0]);
        var batch = Batch(network, [1, 1, 1]);
        Assert.Equal(
            Loss(new FgsmRs(), batch), Loss(new Elle { Adaptive = false, Lambda = 1e4 }, batch), 1e-4);
    }

    [Fact]
    public void The_decoupled_divergence_has_the_gradient_of_the_divergence()
    {
        using var network = new TinyNetwork(new float[,] { { 1, -2, 3 }, { -1, 0.5f, 2 }, { 0.3f, 1, -1 } });
        List<Tensor> Gradients(IObjective objective)
        {
            network.zero_grad();
            Loss(objective, Batch(network, [0, 1, 2]));
            return [.. network.parameters().Select(parameter => parameter.grad!.clone())];
        }
        foreach (var (expected, found) in Gradients(new Trades { Beta = 6, Attack = Near })
            .Zip(Gradients(new Dkl { Alpha = 6, Beta = 6, Attack = Near })))
            TensorAssert.Close(expected, found, 1e-5);
    }

    [Fact]
    public void The_perturbation_of_an_image_follows_its_pixels()
    {
        // Two images of three pixels: one mirrored, one moved by a pixel with a black border.
        using var network = new TinyNetwork(new float[,] { { 2, -1, 3 }, { 0, 0, 0 } });
        var state = new Dictionary<string, Tensor>
        {
            ["perturbations"] = tensor(new[] { 0.01f, 0.02f, -0.03f, 0.04f, 0.05f, 0.06f }).reshape(2, 1, 1, 3),
        };
        var origin = new ImageOrigin(tensor([0L, 1]), tensor(new long[,] { { 3, 2, 1 }, { 0, 1, 2 } }));
        var batch = Batch(network, [0, 0, 0]).Part(0, 2) with { State = state };
        batch = batch with { Targets = batch.Targets with { Origin = origin } };
        var pco = new FgsmPco { StepFactor = 0.1 };
        var adversarial = pco.Perturb(batch)!;
        // Away from class 0: down, up and down by 0.01.
        var expected = tensor(new[] { -0.04f, 0.03f, 0, -0.01f, 0.05f, 0.04f }).reshape(2, 1, 1, 3);
        TensorAssert.Close(batch.Images + expected, adversarial, 1e-6);
        pco.Loss(batch, adversarial).AfterStep!();
        TensorAssert.Close(
            tensor(new[] { 0, 0.03f, -0.04f, 0.05f, 0.04f, 0.06f }), state["perturbations"].flatten(), 1e-6);
    }

    [Fact]
    public void The_fusion_of_sure_predictions_is_the_present_image_and_of_unsure_ones_the_former()
    {
        // Logits of 40 and 0: of class 0 the doubt is 0, of class 1 it is 1, and the loss is the fusion's logit alone.
        using var network = new TinyNetwork(new float[,] { { 1, 0, 0 }, { 0, 0, 0 } }, [40, 0]);
        var state = new Dictionary<string, Tensor> { ["perturbations"] = full([1, 1, 1, 3], -0.04f) };
        double At(long label)
        {
            var batch = Batch(network, [label, 0, 0]).Part(0, 1) with { State = state };
            batch = batch with
            {
                Targets = batch.Targets with { Origin = ImageOrigin.Unchanged(tensor([0L]), batch.Images) },
            };
            return new FgsmPco { Lambda = 0 }.Loss(batch, batch.Images + 0.1).Loss.item<float>();
        }
        // The first value of the image is 0.2.
        Assert.Equal(0, At(0), 1e-6);
        Assert.Equal(40 + 0.2 - 0.04, At(1), 1e-4);
    }

    private static double Loss(IObjective objective, TrainingBatch batch)
    {
        var adversarial = (batch.Images + 0.05 * tensor(new[] { 1f, -1, 1 })).clamp(0, 1);
        var loss = objective.Loss(batch, adversarial).Loss;
        loss.backward();
        return loss.item<float>();
    }

    private static TrainingBatch Batch(TinyNetwork network, long[] labels) => new(
        new(network.Classifier), network.Classifier,
        tensor(new[] { 0.2f, 0.4f, 0.6f, 0.1f, 0.9f, 0.5f, 0.3f, 0.3f, 0.8f }).reshape(3, 1, 1, 3), new(tensor(labels)),
        new() { Norm = Norm.Linf, Epsilon = 0.1 }, RandomSource.ForBatch(RandomKey.Of(1)),
        new Dictionary<string, Tensor>());
}
