using Trainer.Engine.Networks;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;

namespace Trainer.Tests.Safetensors;

public sealed class StateLoaderTests
{
    [Fact]
    public void A_file_that_fits_is_copied_into_place_even_where_gradients_are_needed()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var source = nn.Linear(3, 2);
        using var target = nn.Linear(3, 2);
        var weight = target.weight;
        SafetensorsWriter.Write(folder.At("a"), StateLoader.Tensors(source), new Dictionary<string, string>());

        using var file = SafetensorsFile.Open(folder.At("a"));
        StateLoader.Load(file, target);

        Assert.Same(weight, target.weight);
        Assert.True(target.weight.requires_grad);
        Assert.Equal(source.weight.bytes.ToArray(), target.weight.bytes.ToArray());
        Assert.Equal(["weight", "bias"], StateLoader.Tensors(target).Select(item => item.Key));
    }

    [Fact]
    public void Every_difference_is_listed_at_once_and_nothing_is_changed()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(
            folder.At("a"),
            [("same", ones(2)), ("shape", ones(1)), ("dtype", ones(2, ScalarType.Float64)), ("extra", ones(4))],
            new Dictionary<string, string>());
        (string Key, Tensor Tensor)[] targets = [("same", zeros(2)), ("shape", zeros(2)), ("dtype", zeros(2)),
            ("absent", zeros(3, 4))];

        using var file = SafetensorsFile.Open(folder.At("a"));
        var exception = Assert.Throws<TrainerException>(() => StateLoader.Load(file, targets));

        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Equal(
            [
                new StateDifference("shape", StateProblem.WrongShape, "Float32 [2]", "Float32 [1]"),
                new StateDifference("dtype", StateProblem.WrongDtype, "Float32 [2]", "Float64 [2]"),
                new StateDifference("absent", StateProblem.Missing, "Float32 [3, 4]", null),
                new StateDifference("extra", StateProblem.Unexpected, null, "Float32 [4]"),
            ],
            StateLoader.Compare(file, targets));
        Assert.All(StateLoader.Compare(file, targets), difference =>
            Assert.Contains(difference.ToString(), exception.Message, StringComparison.Ordinal));
        Assert.All(targets, target =>
            Assert.All(target.Tensor.data<float>().ToArray(), value => Assert.Equal(0, value)));
    }
}
