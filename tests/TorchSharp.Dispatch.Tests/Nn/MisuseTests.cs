using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Nn;

/// <summary>Wrong shapes and dtypes are exceptions, and the process lives on.</summary>
public sealed class MisuseTests
{
    private static readonly Dictionary<string, Action> mistakes = new()
    {
        ["linear of too many features"] = () => nn.Linear(3, 2).call(ones(2, 4)),
        ["linear of another dtype"] = () => nn.Linear(3, 2).call(ones([2, 3], dtype: ScalarType.Float64)),
        ["bilinear"] = () => nn.Bilinear(3, 4, 2).call(ones(2, 4), ones(2, 3)),
        ["conv1d"] = () => nn.Conv1d(2, 2, 3).call(ones(1, 3, 5)),
        ["conv2d of other channels"] = () => nn.Conv2d(2, 2, 3).call(ones(1, 3, 5, 5)),
        ["conv2d with a kernel larger than the image"] = () => nn.Conv2d(1, 1, 7).call(ones(1, 1, 3, 3)),
        ["conv2d of too few dimensions"] = () => nn.Conv2d(1, 1, 1).call(ones(1, 1)),
        ["conv2d of indivisible groups"] = () => nn.Conv2d(3, 4, 1, groups: 2),
        ["conv2d, same and strided"] = () => nn.Conv2d(1, 1, 3, Padding.Same, stride: 2),
        ["conv2d, functional"] = () => nn.functional.conv2d(ones(1, 2, 4, 4), ones(3, 1, 2, 2)),
        ["conv3d"] = () => nn.Conv3d(1, 1, 1).call(ones([1, 2, 2, 2, 2])),
        ["transposed conv2d"] = () => nn.ConvTranspose2d(2, 2, 3).call(ones(1, 1, 4, 4)),
        ["transposed conv2d of an impossible size"] = () => nn.ConvTranspose2d(1, 1, 3, stride: 2).forward(ones(1, 1, 4, 4), [20, 20]),
        ["batch norm 1d"] = () => nn.BatchNorm1d(2).call(ones(2, 2, 2, 2)),
        ["batch norm 2d of other dimensions"] = () => nn.BatchNorm2d(2).call(ones(2, 2)),
        ["batch norm 2d of other channels"] = () => nn.BatchNorm2d(2).call(ones(2, 3, 2, 2)),
        ["batch norm of one value"] = () => nn.BatchNorm1d(2).call(ones(1, 2)),
        ["group norm of indivisible channels"] = () => nn.GroupNorm(2, 3),
        ["group norm of other channels"] = () => nn.GroupNorm(2, 4).call(ones(1, 3, 2)),
        ["layer norm"] = () => nn.LayerNorm(3).call(ones(2, 4)),
        ["instance norm"] = () => nn.InstanceNorm2d(2).call(ones(1, 3, 2, 2)),
        ["max pool of too few dimensions"] = () => nn.MaxPool2d(2).call(ones(2)),
        ["max pool larger than the image"] = () => nn.MaxPool2d(5).call(ones(1, 1, 2, 2)),
        ["average pool with too much padding"] = () => nn.AvgPool2d(2, padding: 3).call(ones(1, 1, 4, 4)),
        ["adaptive average pool"] = () => nn.AdaptiveAvgPool2d([1, 2, 3]).call(ones(1, 1, 4, 4)),
        ["adaptive max pool"] = () => nn.AdaptiveMaxPool2d([2, 2]).call(ones(3)),
        ["embedding out of range"] = () => nn.Embedding(3, 2).call(tensor(new long[] { 5 })),
        ["embedding of floats"] = () => nn.Embedding(3, 2).call(ones(2)),
        ["embedding with padding out of range"] = () => nn.Embedding(3, 2, padding_idx: 3),
        ["flatten"] = () => nn.Flatten(3, 5).call(ones(2, 2)),
        ["unflatten"] = () => nn.Unflatten(1, [2, 2]).call(ones(2, 3)),
        ["pixel shuffle"] = () => nn.PixelShuffle(2).call(ones(1, 3, 2, 2)),
        ["upsample of both"] = () => nn.Upsample(size: [2, 2], scale_factor: [2, 2]).call(ones(1, 1, 2, 2)),
        ["upsample of neither"] = () => nn.Upsample().call(ones(1, 1, 2, 2)),
        ["upsample of other dimensions"] = () => nn.Upsample(size: [2, 2], mode: UpsampleMode.Linear).call(ones(1, 1, 2, 2)),
        ["prelu"] = () => nn.PReLU(3).call(ones(1, 2, 2)),
        ["softmax"] = () => nn.Softmax(4).call(ones(2, 2)),
        ["padding of too many dimensions"] = () => nn.ZeroPad2d(1).call(ones(2)),
        ["reflection larger than the image"] = () => nn.ReflectionPad2d(4).call(ones(1, 1, 2, 2)),
        ["cross entropy of an unknown class"] = () => nn.CrossEntropyLoss().call(ones(2, 3), tensor(new long[] { 0, 7 })),
        ["cross entropy of another batch"] = () => nn.CrossEntropyLoss().call(ones(2, 3), tensor(new long[] { 0 })),
        ["cross entropy of int32 classes"] = () => nn.CrossEntropyLoss().call(ones(2, 3), tensor(new[] { 0, 1 })),
        ["nll"] = () => nn.NLLLoss().call(ones(2, 3), ones(2)),
        ["binary cross entropy out of range"] = () => nn.BCELoss().call(full([2], 3f), ones(2)),
        ["binary cross entropy with logits"] = () => nn.BCEWithLogitsLoss().call(ones(2), ones(3)),
        ["mse"] = () => nn.MSELoss().call(ones(2), ones(3)),
        ["kl"] = () => nn.KLDivLoss().call(ones(2), ones(3)),
        ["one hot of floats"] = () => nn.functional.one_hot(ones(2)),
        ["one hot of too few classes"] = () => nn.functional.one_hot(tensor(new long[] { 3 }), 2),
        ["a disposed input"] = () =>
        {
            var input = ones(2, 3);
            input.Dispose();
            nn.Linear(3, 2).call(input);
        },
        ["a disposed module"] = () =>
        {
            var module = nn.Linear(3, 2);
            module.Dispose();
            module.call(ones(2, 3));
        },
    };

    public static TheoryData<string> Names => [.. mistakes.Keys];

    [Theory, MemberData(nameof(Names))]
    public void A_mistake_is_an_exception_with_a_message(string name)
    {
        using var scope = NewDisposeScope();
        var error = Assert.ThrowsAny<Exception>(mistakes[name]);
        Assert.IsNotType<NullReferenceException>(error);
        Assert.NotEmpty(error.Message);
    }
}
