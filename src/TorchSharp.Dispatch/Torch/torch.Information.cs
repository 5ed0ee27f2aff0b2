using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    // The version, searches, and second names.
    /// <summary>The version of the libtorch in use.</summary>
    public static string __version__
    {
        get
        {
            Native.EnsureLoaded();
            return Native.Version;
        }
    }

    public static Tensor equal(Tensor tensor, Tensor target) => tensor.eq(target);
    public static Tensor real(Tensor input) => input.real;
    public static Tensor imag(Tensor input) => input.imag;
    public static Tensor negative_(Tensor input) => input.neg_();
    public static Tensor multiply_(Tensor left, Tensor right) => left.mul_(right);
    public static Tensor multiply_(Tensor left, Scalar right) => left.mul_(right);
    public static Tensor row_stack(params Tensor[] tensors) => vstack(tensors);
    public static Tensor row_stack(IList<Tensor> tensors) => vstack(tensors);

    public static bool is_tensor(object obj) => obj is Tensor;

    public static Tensor searchsorted(Tensor sorted_sequence, Tensor values, bool out_int32 = false, bool right = false, Tensor? sorter = null) =>
        Aten.searchsorted_Tensor.Call(sorted_sequence, values, out_int32, right, Argument.None, sorter);

    public static Tensor nanquantile(Tensor input, Tensor q, long dim = -1, bool keepdim = false) => Aten.nanquantile.Call(input, q, dim, keepdim);
}
