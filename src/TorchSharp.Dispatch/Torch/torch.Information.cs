using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    // The version, and searches.
    /// <summary>The version of the libtorch in use.</summary>
    public static string __version__
    {
        get
        {
            Native.EnsureLoaded();
            return Native.Version;
        }
    }

    public static bool is_tensor(object obj) => obj is Tensor;

    public static Tensor searchsorted(Tensor sorted_sequence, Tensor values, bool out_int32 = false, bool right = false, Tensor? sorter = null) =>
        Aten.searchsorted_Tensor.Call(sorted_sequence, values, out_int32, right, Argument.None, sorter);

    public static Tensor nanquantile(Tensor input, Tensor q, long dim = -1, bool keepdim = false) => Aten.nanquantile.Call(input, q, dim, keepdim);
}
