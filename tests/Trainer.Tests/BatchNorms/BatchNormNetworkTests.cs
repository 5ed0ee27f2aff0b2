using TorchSharp;
using Trainer.Engine.Networks;
using Trainer.Robustness.Objectives;

namespace Trainer.Tests.BatchNorms;

public sealed class BatchNormNetworkTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly TinyNormalisedNetwork module = new(pixels: 2);

    // Means 0.25 and 0.75; the unbiased variance of both is 1/12.
    private readonly Tensor clean = tensor(new float[] { 0, 0.5f, 0.5f, 0 }).reshape(2, 1, 1, 2);
    private readonly Tensor adversarial = tensor(new float[] { 0.5f, 1, 1, 0.5f }).reshape(2, 1, 1, 2);

    public void Dispose()
    {
        module.Dispose();
        scope.Dispose();
    }

    [Theory]
    [InlineData(0.729, 0.181, 0.09, StatisticsUpdate.Natural, StatisticsUpdate.Adversarial, StatisticsUpdate.Natural)]
    [InlineData(0.81, 0.09, 0.1, StatisticsUpdate.Natural, StatisticsUpdate.Adversarial)]
    [InlineData(0.9, 0, 0.1, StatisticsUpdate.Adversarial)]
    public void Statistics_move_in_the_listed_order(
        double old, double natural, double attacked, params StatisticsUpdate[] update)
    {
        using var buffers = Buffers(mean: 2, variance: 3);
        using var network = new BatchNormNetwork(
            module.Classifier, buffers, null, new() { Update = update }, batchSize: 2);
        network.Logits(clean, adversarial, Normalise.Separate);
        TensorAssert.Close(
            tensor(new[] { (2 * old) + (0.25 * natural) + (0.75 * attacked) }), module.RunningMean, 1e-6);
        TensorAssert.Close(tensor(new[] { (3 * old) + ((natural + attacked) / 12) }), module.RunningVariance, 1e-6);
        Assert.Equal(update.Length, module.BatchesTracked.item<long>());
    }

    [Fact]
    public void A_smaller_last_batch_may_lack_rows_of_a_kind()
    {
        using var buffers = Buffers(mean: 2, variance: 3);
        using var network = new BatchNormNetwork(
            module.Classifier, buffers, null, new()
            {
                Update = [StatisticsUpdate.Natural, StatisticsUpdate.Adversarial],
            }, batchSize: 3);
        var (logits, none) = network.Logits(clean, null, Normalise.Separate);
        Assert.Equal([2, 2], logits!.shape);
        Assert.Null(none);
        TensorAssert.Close(tensor(new[] { 1.8 + 0.025 }), module.RunningMean, 1e-6);
        Assert.Equal(1, module.BatchesTracked.item<long>());
    }

    [Fact]
    public void Without_updates_the_statistics_of_both_sets_stay()
    {
        var options = new BatchNormOptions
        {
            Sets = 2,
            Update = [StatisticsUpdate.Adversarial, StatisticsUpdate.Natural],
        };
        using var other = new TinyNormalisedNetwork(pixels: 2);
        using var parameters = new FlatParameters(module, second: other);
        using var buffers = Buffers(mean: 2, variance: 3);
        using var second = new AuxiliaryBatchNorm(other, module.Classifier);
        using var network = new BatchNormNetwork(module.Classifier, buffers, second, options, batchSize: 2);
        using (network.WithoutUpdates())
            network.Logits(clean, adversarial, Normalise.Separate);
        Assert.Equal((2, 0, 0, 0), (module.RunningMean.item<float>(), other.RunningMean.item<float>(),
            module.BatchesTracked.item<long>(), other.BatchesTracked.item<long>()));
        network.Logits(clean, adversarial, Normalise.Separate);
        Assert.Equal(1.875, module.RunningMean.item<float>(), 1e-6);
        Assert.Equal(0.025, other.RunningMean.item<float>(), 1e-6);
        Assert.Equal((1, 1), (module.BatchesTracked.item<long>(), other.BatchesTracked.item<long>()));
    }

    private FlatBuffers Buffers(float mean, float variance)
    {
        module.RunningMean.fill_(mean);
        module.RunningVariance.fill_(variance);
        return new(module);
    }
}
