using System.Numerics;
using Xunit;
using static TorchSharp.torch;

namespace TorchSharp.Dispatch.Tests.Tensors;

/// <summary>From .NET values to tensors and back.</summary>
public sealed class TensorMemoryTests
{
    [Fact]
    public void An_array_of_each_type_comes_back_as_it_was()
    {
        using var scope = NewDisposeScope();
        RoundTrip(tensor(new[] { true, false }), [true, false], ScalarType.Bool);
        RoundTrip(tensor(new byte[] { 1, 255 }), [(byte)1, (byte)255], ScalarType.Byte);
        RoundTrip(tensor(new sbyte[] { 1, -128 }), [(sbyte)1, (sbyte)-128], ScalarType.Int8);
        RoundTrip(tensor(new short[] { 1, -2 }), [(short)1, (short)-2], ScalarType.Int16);
        RoundTrip(tensor(new[] { 1, -2 }), [1, -2], ScalarType.Int32);
        RoundTrip(tensor(new[] { 1L, -2 }), [1L, -2], ScalarType.Int64);
        RoundTrip(tensor(new[] { (Half)1, (Half)0.5 }), [(Half)1, (Half)0.5], ScalarType.Float16);
        RoundTrip(tensor(new[] { 1f, -0.5f }), [1f, -0.5f], ScalarType.Float32);
        RoundTrip(tensor(new[] { 1.0, -0.5 }), [1.0, -0.5], ScalarType.Float64);
        RoundTrip(tensor(new[] { (1f, 2f) }), [(1f, 2f)], ScalarType.ComplexFloat32);
        RoundTrip(tensor(new[] { new Complex(1, 2) }), [new Complex(1, 2)], ScalarType.ComplexFloat64);
    }

    private static void RoundTrip<T>(Tensor tensor, T[] expected, ScalarType type) where T : unmanaged
    {
        Assert.Equal(type, tensor.dtype);
        Assert.Equal([expected.LongLength], tensor.shape);
        Assert.Equal(expected, tensor.data<T>().ToArray());
        Assert.Equal(expected, tensor.data<T>());
        using var again = from_array(expected);
        Assert.Equal(expected, again.data<T>().ToArray());
    }

    [Fact]
    public void A_single_value_becomes_a_tensor_without_dimensions()
    {
        using var scope = NewDisposeScope();
        Assert.Equal((ScalarType.Float32, 0L, 1.5f), (tensor(1.5f).dtype, tensor(1.5f).dim(), tensor(1.5f).item<float>()));
        Assert.Equal((ScalarType.Int64, 7L), (tensor(7L).dtype, tensor(7L).item<long>()));
        Assert.Equal((ScalarType.Int32, 7), (tensor(7).dtype, tensor(7).item<int>()));
        Assert.True(tensor(true).item<bool>());
        Tensor implied = 2.5;
        Assert.Equal(ScalarType.Float64, implied.dtype);
        Assert.Equal(2.5f, (float)implied);
        Assert.Equal(3, (int)(Tensor)3L);
    }

    [Fact]
    public void Nested_arrays_keep_their_shape()
    {
        using var scope = NewDisposeScope();
        var cube = tensor(new float[,,] { { { 1, 2 }, { 3, 4 } }, { { 5, 6 }, { 7, 8 } } });
        Assert.Equal([2L, 2, 2], cube.shape);
        Assert.Equal(7f, cube[1, 1, 0].item<float>());
        Assert.Equal(new float[,] { { 1, 3 }, { 2, 4 } }, cube[0].t().data<float>().ToNDArray());
        Assert.Equal([1f, 3, 2, 4], cube[0].t().data<float>().ToArray());
        Assert.Equal([3L, 1], from_array(new byte[3, 1]).shape);
        Assert.Equal([2L, 3], tensor(new List<long> { 1, 2, 3, 4, 5, 6 }, 2, 3).shape);
        Assert.Equal([3L, 2], tensor(new float[6].AsMemory(), [3, 2]).shape);
    }

    [Fact]
    public void A_tensor_is_a_copy_of_its_array()
    {
        var source = new[] { 1f, 2f };
        using var copy = tensor(source);
        source[0] = 9;
        Assert.Equal(1f, copy.ReadCpuSingle(0));
    }

    [Fact]
    public void Type_device_and_gradient_can_be_asked_for()
    {
        using var scope = NewDisposeScope();
        var weights = tensor(new[] { 1, 2 }, ScalarType.BFloat16, CPU, requires_grad: true);
        Assert.Equal(ScalarType.BFloat16, weights.dtype);
        Assert.True(weights is { requires_grad: true, is_leaf: true });
        Assert.Equal(2f, weights.ReadCpuBFloat16(1));
        Assert.Equal(0.5f, full([1], 0.5, ScalarType.Float16).ReadCpuFloat16(0));
    }

    [Fact]
    public void Complex_tensors_have_parts_and_matrices_have_transposes()
    {
        using var scope = NewDisposeScope();
        var numbers = tensor(new[] { new Complex(1, 2), new Complex(3, -4) });
        Assert.Equal([1.0, 3], numbers.real.data<double>().ToArray());
        Assert.Equal([2.0, -4], imag(numbers).data<double>().ToArray());
        Assert.Equal(new Complex(3, -4), numbers[1].ToComplexFloat64());
        var cube = arange(24).view(2, 3, 4);
        Assert.Equal([2L, 4, 3], cube.mT.shape);
        Assert.Equal([3L, 2], cube[TensorIndex.Colon, TensorIndex.Colon, 0].T.shape);
        Assert.Equal(new Complex(1, -2), numbers.reshape(1, 2).mH[0, 0].ToComplexFloat64());
        Assert.Equal(new Complex(3, 4), numbers.reshape(1, 2).H[1, 0].ToComplexFloat64());
        Assert.Equal([0L, 2], tensor(new[] { 5, 0, 7 }).nonzero_as_list().Single().squeeze(1).data<long>().ToArray());
        Assert.Equal((true, 3L, 2.5), (tensor(true).ToBoolean(), tensor((byte)3).ToInt64(), tensor(2.5f).bfloat16().ToDouble()));
    }

    [Fact]
    public void Values_and_arrays_become_tensors_by_extension()
    {
        using var scope = NewDisposeScope();
        Assert.Equal((0L, 2.5f), (2.5f.ToTensor().dim(), 2.5f.ToTensor().item<float>()));
        Assert.Equal([2L, 1], new[] { 1L, 2 }.ToTensor([2, 1]).shape);
        Assert.True(ones(2).AsParameter().requires_grad);
    }

    [Fact]
    public void Elements_can_be_written_in_place()
    {
        using var scope = NewDisposeScope();
        var table = zeros(2, 3);
        var turned = table.t();
        turned.data<float>()[2, 1] = 5;
        Assert.Equal(5f, table[1, 2].item<float>());
        turned.data<float>().CopyFrom([1, 2, 3]);
        Assert.Equal([1f, 3, 0, 2, 0, 5], table.data<float>().ToArray());
        var target = new float[3];
        turned.data<float>().CopyTo(target, 1, 1);
        Assert.Equal([0f, 2, 3], target);
    }

    [Fact]
    public void Bytes_go_out_and_come_in()
    {
        using var scope = NewDisposeScope();
        var source = arange(1000).to(ScalarType.Int16);
        using var stream = new MemoryStream();
        source.WriteBytesToStream(stream);
        Assert.Equal(2000, stream.Length);
        stream.Position = 0;
        var target = zeros_like(source);
        target.ReadBytesFromStream(stream, 16);
        Assert.True(Equals(source, target));
        target.bytes = new byte[2000];
        Assert.Equal(0, target.sum().ToInt64());
        Assert.Equal((byte)1, source.bytes[2]);
    }

    [Fact]
    public void Shape_strides_and_kind_are_what_they_are()
    {
        using var scope = NewDisposeScope();
        var cube = zeros(2, 3, 4);
        var view = cube.transpose(0, 2)[1];
        Assert.Equal((3L, 24L, 4L, 96), (cube.dim(), cube.numel(), cube.element_size(), cube.bytes.Length));
        Assert.Equal([12L, 4, 1], cube.stride());
        Assert.Equal([3L, 2], view.shape);
        Assert.Equal((1L, 4L, 12L), (view.storage_offset(), view.stride(0), view.stride(-1)));
        Assert.False(view.is_contiguous());
        Assert.True(view.contiguous().is_contiguous());
        Assert.Equal((DeviceType.CPU, "cpu", true), (view.device_type, view.device.ToString(), view.is_cpu()));
        Assert.Equal("[3x2], type = Float32, device = cpu", view.ToString());
        Assert.Equal("[[1, 0.5], [-2, 3]]", tensor(new[,] { { 1, 0.5 }, { -2, 3 } }).ToString(true));
        Assert.Equal("[true, false]", tensor(new[] { true, false }).ToString(true));
    }

    [Fact]
    public void An_alias_and_a_set_tensor_share_memory_and_a_clone_does_not()
    {
        using var scope = NewDisposeScope();
        var original = zeros(4);
        var alias = original.alias();
        var clone = original.clone();
        var view = zeros(1).set_(original[TensorIndex.Slice(1, 3)]);
        original.fill_(1);
        original.Dispose();
        Assert.Equal((4f, 0f, 2f), (alias.sum().item<float>(), clone.sum().item<float>(), view.sum().item<float>()));
    }

    [Fact]
    public void A_handle_can_leave_one_object_and_enter_another()
    {
        var first = ones(2);
        using var second = Tensor.UnsafeCreateTensor(first.DecoupleFromNativeHandle());
        Assert.True(first.IsInvalid);
        Assert.Equal(2f, second.sum().item<float>());
    }

    [Fact]
    public void The_same_type_and_device_give_another_object_for_the_same_memory()
    {
        using var scope = NewDisposeScope();
        var original = zeros(1);
        var same = original.to(ScalarType.Float32);
        var copy = original.to(CPU, copy: true);
        original.fill_(1);
        Assert.NotSame(original, same);
        Assert.Equal((1f, 0f), (same.item<float>(), copy.item<float>()));
        original.to(ScalarType.Float64, disposeAfter: true);
        Assert.True(original.IsInvalid);
    }
}
