using TorchSharp;
using Trainer.Robustness.Objectives;

namespace Trainer.Tests.Objectives;

public sealed class TrainingNetworkTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TinyNormalisedNetwork network = new(pixels: 2);

    // Clean pixels: mean 0.25, variance 0.0625, unbiased 1/12. Adversarial ones: mean 0.75, the same variance. All
    // together: mean 0.5, variance 0.125, unbiased 1/7.
    private readonly Tensor clean = tensor(new float[] { 0, 0.5f, 0.5f, 0 }).reshape(2, 1, 1, 2);
    private readonly Tensor adversarial = tensor(new float[] { 0.5f, 1, 1, 0.5f }).reshape(2, 1, 1, 2);

    public void Dispose()
    {
        network.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void Apart_normalises_clean_and_adversarial_rows_by_statistics_of_their_own()
    {
        var (first, second) = new TrainingNetwork(network.Classifier).Logits(clean, adversarial, Normalise.Separate);
        // Each pixel becomes ±1: both rows of both sums are 0.
        TensorAssert.Close(zeros(2, 2), first!, 1e-3);
        TensorAssert.Close(zeros(2, 2), second!, 1e-3);
        // 0.9 · (0.9 · 0 + 0.1 · 0.25) + 0.1 · 0.75, and so for the unbiased variance, 1/12 both times.
        TensorAssert.Close(tensor(new float[] { 0.0975f }), network.RunningMean, 1e-7);
        TensorAssert.Close(tensor(new float[] { 0.81f + 0.19f / 12 }), network.RunningVariance, 1e-7);
        Assert.Equal(2, network.BatchesTracked.item<long>());
    }

    [Fact]
    public void Together_normalises_all_rows_by_the_statistics_of_the_mixed_batch()
    {
        var (first, second) = new TrainingNetwork(network.Classifier).Logits(clean, adversarial, Normalise.Joint);
        // The sums of rows are 0.5 and 1.5, their distance to two means 1 is 0.5, over the deviation √0.125.
        var distance = 0.5f / MathF.Sqrt(0.125f);
        TensorAssert.Close(tensor(new[,] { { -distance, distance }, { -distance, distance } }), first!, 1e-3);
        TensorAssert.Close(tensor(new[,] { { distance, -distance }, { distance, -distance } }), second!, 1e-3);
        TensorAssert.Close(tensor(new float[] { 0.05f }), network.RunningMean, 1e-7);
        Assert.Equal(1, network.BatchesTracked.item<long>());
    }

    [Fact]
    public void The_recipes_choice_takes_the_place_of_the_objectives_usual_one()
    {
        var recipe = new TrainingNetwork(network.Classifier, Normalise.Joint);
        var usual = new TrainingNetwork(network.Classifier);
        TensorAssert.Same(
            usual.Logits(clean, adversarial, Normalise.Joint).Clean!,
            recipe.Logits(clean, adversarial, Normalise.Separate).Clean!);
    }

    [Fact]
    public void The_gradient_of_a_mixed_batch_reaches_both_kinds_of_rows()
    {
        var (left, right) = (clean.clone().requires_grad_(), adversarial.clone().requires_grad_());
        var (first, second) = new TrainingNetwork(network.Classifier).Logits(left, right, Normalise.Joint);
        (first!.select(1, 0).square().sum() + second!.select(1, 0).square().sum()).backward();
        TensorAssert.Different(zeros_like(left), left.grad!);
        TensorAssert.Different(zeros_like(right), right.grad!);
    }

    [Fact]
    public void Without_updates_the_running_statistics_stay_and_the_batch_is_normalised_by_its_own()
    {
        var training = new TrainingNetwork(network.Classifier);
        var expected = training.Logits(clean, null, Normalise.Separate).Clean!.clone();
        var (mean, variance, batches) = (network.RunningMean.clone(), network.RunningVariance.clone(),
            network.BatchesTracked.clone());
        using (training.WithoutUpdates())
            TensorAssert.Same(expected, training.Logits(clean, null, Normalise.Separate).Clean!);
        TensorAssert.Same(mean, network.RunningMean);
        TensorAssert.Same(variance, network.RunningVariance);
        TensorAssert.Same(batches, network.BatchesTracked);
        training.Logits(clean, null, Normalise.Separate);
        TensorAssert.Different(mean, network.RunningMean);
    }
}
