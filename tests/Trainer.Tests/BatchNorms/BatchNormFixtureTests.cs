using System.Text.Json;
using TorchSharp;
using Trainer.Engine.Networks;
using Trainer.Robustness;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Objectives;
using Trainer.Tests.Fixtures;

namespace Trainer.Tests.BatchNorms;

/// <summary>
/// Loss, gradients and statistics against PyTorch's: batch-norm.json, made by make_batch_norm_fixture.py.
/// </summary>
public sealed class BatchNormFixtureTests
{
    private static readonly JsonElement Expected = Fixture.Read("batch-norm.json");

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Expected.GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_gradients_and_statistics_are_those_of_pytorch(int index)
    {
        using var scope = NewDisposeScope();
        var expected = Expected.GetProperty("cases")[index];
        var sets = expected.GetProperty("sets").GetInt32();
        var options = new BatchNormOptions
        {
            Normalise = Enum.Parse<Normalise>(
                expected.GetProperty("normalise").GetString()!, ignoreCase: true) is var normalise && sets == 2 ? null
                : normalise,
            Update = [.. expected.GetProperty("update").EnumerateArray()
            .Select(word => Enum.Parse<StatisticsUpdate>(word.GetString()!, ignoreCase: true))],
            Sets = sets,
        };
        using var module = Network();
        using var classifier = new Classifier(module, 3);
        var other = AuxiliaryBatchNorm.Build(options, Network);
        using var parameters = new FlatParameters(module, channelsLast: true, other);
        using var buffers = new FlatBuffers(module);
        using var second = other is null ? null : new AuxiliaryBatchNorm(other, classifier);
        using var network = new BatchNormNetwork(classifier, buffers, second, options, batchSize: 6);

        var (clean, adversarial) = network.Logits(Images("images"), Images("adversarial"), Normalise.Separate);
        var loss = nn.functional.cross_entropy(clean!, tensor(
            Fixture.Numbers(Expected.GetProperty("labels")), ScalarType.Int64))
            + 6 * Divergence.PerRow(clean!.log_softmax(1), adversarial!.log_softmax(1)).mean();
        loss.backward();

        Assert.Equal(expected.GetProperty("loss").GetDouble(), loss.item<double>(), 1e-9);
        Compare(expected.GetProperty("gradients"),
            module.named_parameters().Select(pair => (pair.name, pair.parameter.grad!)));
        Compare(expected.GetProperty("state"), module.state_dict().Select(pair => (pair.Key, pair.Value)));
        if (second is null)
            return;
        Compare(expected.GetProperty("cleanState"),
            second.Tensors.Select(pair => (pair.Key["bn.".Length..], pair.Tensor)));
        Compare(expected.GetProperty("cleanGradients"),
            other!.named_parameters().Where(pair => pair.name.StartsWith("bn.", StringComparison.Ordinal))
            .Select(pair => (pair.name["bn.".Length..], pair.parameter.grad!)));
    }

    private static SmallNormalisedNetwork Network()
    {
        var network = new SmallNormalisedNetwork();
        network.to(ScalarType.Float64);
        using var noGrad = no_grad();
        foreach (var (key, value) in network.state_dict())
        {
            using var scope = NewDisposeScope();
            value.copy_(tensor(Fixture.Numbers(Expected.GetProperty("state").GetProperty(key))).reshape(value.shape));
        }
        return network;
    }

    private static Tensor Images(string name) =>
        tensor(Fixture.Numbers(Expected.GetProperty(name))).reshape(6, 1, 3, 3);

    private static void Compare(JsonElement expected, IEnumerable<(string Key, Tensor Tensor)> found)
    {
        var tensors = found.ToDictionary(pair => pair.Key, pair => pair.Tensor, StringComparer.Ordinal);
        Assert.Equal(
            expected.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal),
            tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var member in expected.EnumerateObject())
            TensorAssert.Close(
                tensor(Fixture.Numbers(member.Value)).reshape(tensors[member.Name].shape),
                tensors[member.Name].detach(), 1e-9);
    }
}
