using TorchSharp.Dispatching;

namespace TorchSharp;

public static partial class torch
{
    // Threads within an operator and between operators.
    public static int get_num_threads()
    {
        Native.EnsureLoaded();
        return NativeMethods.td_threads();
    }

    public static void set_num_threads(int num)
    {
        Native.EnsureLoaded();
        Native.Check(NativeMethods.td_set_threads(num));
    }

    public static int get_num_interop_threads()
    {
        Native.EnsureLoaded();
        return NativeMethods.td_interop_threads();
    }

    /// <exception cref="System.Runtime.InteropServices.ExternalException">The pool has started already.</exception>
    public static void set_num_interop_threads(int num)
    {
        Native.EnsureLoaded();
        Native.Check(NativeMethods.td_set_interop_threads(num));
    }
}
