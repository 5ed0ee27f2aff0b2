using System.Runtime.InteropServices;
using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Tensors;

/// <summary>Each mistake is an exception, and the process lives on.</summary>
public sealed class TensorMisuseTests
{
    private static readonly Dictionary<string, Action> refusals = new()
    {
        ["matmul of other shapes"] = () => ones(2, 3).matmul(ones(2, 3)),
        ["mm of vectors"] = () => ones(2).mm(ones(2)),
        ["bmm of other batches"] = () => ones(2, 2, 2).bmm(ones(3, 2, 2)),
        ["dot of other lengths"] = () => ones(2).dot(ones(3)),
        ["matmul of other types"] = () => ones(2, 2).matmul(ones(2, 2, ScalarType.Float64)),
        ["add of shapes that do not broadcast"] = () => (ones(2) + ones(3)).Dispose(),
        ["add_ that would grow the tensor"] = () => ones(1).add_(ones(3)),
        ["add_ of a float to ints"] = () => ones(1, ScalarType.Int64).add_(ones(1)),
        ["view of another size"] = () => ones(2, 3).view(4),
        ["view of strides that do not fit"] = () => ones(2, 3).t().view(6),
        ["reshape of another size"] = () => ones(2, 3).reshape(5),
        ["permute of too few"] = () => ones(2, 3).permute(0),
        ["transpose out of range"] = () => ones(2, 3).transpose(0, 2),
        ["expand of a full dimension"] = () => ones(2).expand(3),
        ["squeeze out of range"] = () => ones(1).squeeze(3),
        ["cat of other shapes"] = () => cat([ones(2, 2), ones(2, 3)]),
        ["cat of nothing"] = () => cat(Array.Empty<Tensor>()),
        ["stack of other shapes"] = () => stack([ones(2), ones(3)]),
        ["split by sizes that do not add up"] = () => ones(3).split([1, 1], 0),
        ["select out of range"] = () => ones(2).select(0, 5),
        ["an index out of range"] = () => _ = ones(2)[7],
        ["too many indices"] = () => _ = ones(2)[0, 0],
        ["a mask of another shape"] = () => _ = ones(3)[ones(2, ScalarType.Bool)],
        ["an index tensor out of range"] = () => _ = ones(3)[tensor(new long[] { 4 })],
        ["an index tensor of floats"] = () => _ = ones(3)[ones(1)],
        ["assignment of another shape"] = () => ones(3)[TensorIndex.Slice(0, 2)] = ones(3),
        ["a step of zero"] = () => _ = ones(3)[TensorIndex.Slice(step: 0)],
        ["gather out of range"] = () => ones(2, 2).gather(1, full([2, 1], 5)),
        ["index_select by floats"] = () => ones(2).index_select(0, ones(1)),
        ["scatter out of range"] = () => zeros(2, 2).scatter_(1, full([1, 1], 3), ones(1, 1)),
        ["topk of too many"] = () => ones(2).topk(3),
        ["einsum of a wrong equation"] = () => einsum("ij,jk", ones(2)),
        ["inverse of a singular matrix"] = () => linalg.inv(zeros(2, 2)),
        ["cholesky of an indefinite matrix"] = () => linalg.cholesky(-eye(2)),
        ["solve of other shapes"] = () => linalg.solve(eye(2), ones(3)),
        ["a norm of ints"] = () => ones(2, ScalarType.Int64).norm(),
        ["mean of ints"] = () => ones(2, ScalarType.Int64).mean(),
        ["bitwise and of floats"] = () => _ = ones(1) & ones(1),
        ["minus of bools"] = () => _ = -ones(1, ScalarType.Bool),
        ["uniform_ backwards"] = () => empty(2).uniform_(1, 0),
        ["normal_ of a negative deviation"] = () => empty(2).normal_(0, -1),
        ["bernoulli of impossible probabilities"] = () => full([2], 1.5).bernoulli(),
        ["bernoulli_ of an impossible probability"] = () => ones(2).bernoulli_(2),
        ["multinomial of negative weights"] = () => (-ones(2)).multinomial(1),
        ["randint of an empty range"] = () => randint(3, 3, [1L]),
        ["randperm of a negative number"] = () => randperm(-1),
        ["zeros of a negative size"] = () => zeros(-1),
        ["arange without an end"] = () => arange(0, 1, step: 0),
        ["a gradient of ints"] = () => ones(1, ScalarType.Int64).requires_grad_(),
        ["backward without a graph"] = () => ones(1).backward(),
        ["backward of several values"] = () => (ones(2).requires_grad_() * 2).backward(),
        ["backward twice"] = () =>
        {
            var loss = ones(1).requires_grad_().square().sum();
            loss.backward();
            loss.backward();
        },
        ["backward through a changed tensor"] = () =>
        {
            var middle = ones(1).requires_grad_() * 2;
            var loss = middle.square().sum();
            middle.add_(1);
            loss.backward();
        },
        ["a leaf changed in place"] = () => ones(1).requires_grad_().add_(1),
        ["a gradient of another shape"] = () => ones(2).requires_grad_().grad = ones(3),
        ["a gradient of another type"] = () => ones(2).requires_grad_().grad = ones(2, ScalarType.Float64),
        ["requires_grad off, behind the leaf"] = () => (ones(1).requires_grad_() * 2).requires_grad = false,
        ["grad of something unused"] = () => autograd.grad([ones(1).requires_grad_().sum()], [ones(1).requires_grad_()]),
        ["a gradient vector of another shape"] = () => autograd.backward(ones(2).requires_grad_() * 2, ones(3)),
        ["copy_ of another shape"] = () => ones(2).copy_(ones(3)),
    };

    public static TheoryData<string> Refusals => [.. refusals.Keys];

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_libtorch_refuses_is_an_exception_with_its_text(string mistake)
    {
        using var scope = NewDisposeScope();
        var failure = Assert.Throws<ExternalException>(refusals[mistake]);
        Assert.NotEmpty(failure.Message);
        Assert.DoesNotContain("Exception raised from", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disposed_tensor_is_refused_wherever_it_appears()
    {
        using var scope = NewDisposeScope();
        var gone = ones(2);
        gone.Dispose();
        gone.Dispose();
        Action[] uses =
        [
            () => gone.add(1), () => ones(2).add(gone), () => cat([ones(2), gone]), () => gone.add_(1), () => _ = gone.shape, () => _ = gone.dtype,
            () => gone.numel(), () => gone.item<float>(), () => _ = gone[0], () => ones(2)[0] = gone, () => gone.backward(), () => _ = gone.grad,
            () => ones(2).requires_grad_().grad = gone, () => _ = gone.bytes, () => gone.data<float>(), () => gone.to(ScalarType.Int64),
            () => gone.alias(), () => gone.set_(ones(1)), () => ones(1).set_(gone), () => _ = gone.Handle, () => gone.DecoupleFromNativeHandle(),
            () => new Generator().set_state(gone), () => autograd.grad([gone], [gone]),
        ];
        Assert.All(uses, use => Assert.Throws<InvalidOperationException>(use));
        Assert.Equal("", gone.ToString());
        Assert.True(gone.IsInvalid);
    }

    [Fact]
    public void A_disposed_generator_is_refused()
    {
        var generator = new Generator(1);
        generator.Dispose();
        Assert.Throws<ObjectDisposedException>(() => generator.manual_seed(2));
        Assert.Throws<ObjectDisposedException>(() => rand(1, generator: generator));
    }

    [Fact]
    public void Elements_are_read_by_their_own_type_and_one_by_one()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => ones(2).item<float>());
        Assert.Throws<ArgumentException>(() => ones(1).item<double>());
        Assert.Throws<ArgumentException>(() => ones(1).data<int>());
        Assert.Throws<ArgumentException>(() => ones(1, ScalarType.BFloat16).item<short>());
        Assert.Throws<ExternalException>(() => ones(2).ToSingle());
        Assert.Throws<ExternalException>(() => ones(2, ScalarType.ComplexFloat32).conj().data<(float, float)>());
        Assert.Throws<IndexOutOfRangeException>(() => ones(2).data<float>()[2]);
        Assert.Throws<IndexOutOfRangeException>(() => ones(2, 2).data<float>()[0, 2]);
        Assert.Throws<ArgumentException>(() => ones(2, 2).data<float>()[0, 0, 0]);
        Assert.Throws<IndexOutOfRangeException>(() => ones(2).ReadCpuSingle(2));
        Assert.Throws<InvalidOperationException>(() => ones(2).is_nonzero());
        Assert.Throws<InvalidOperationException>(() => ones(2, 3).t().bytes.Length);
        Assert.Throws<ArgumentException>(() => ones(2).bytes = new byte[7]);
        Assert.Throws<EndOfStreamException>(() => ones(2).ReadBytesFromStream(new MemoryStream(new byte[7])));
    }

    [Fact]
    public void What_this_subset_lacks_says_so()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<NotSupportedException>(() => zeros(2, names: ["rows"]));
        Assert.Throws<NotSupportedException>(() => from_array(new[] { "text" }));
        Assert.Throws<ArgumentException>(() => tensor(new[] { 1f, 2f }, [3]));
        Assert.Throws<ArgumentException>(() => rand(2, dtype: ScalarType.Int64));
        Assert.Throws<ArgumentException>(() => finfo(ScalarType.Int64));
        Assert.Throws<ArgumentOutOfRangeException>(() => ones(2).size(1));
        Assert.Throws<InvalidOperationException>(() => InitializeDeviceType(DeviceType.MPS));
        Assert.ThrowsAny<Exception>(() => new Device("nonsense"));
    }
}
