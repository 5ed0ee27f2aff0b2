using TorchSharp.Dispatching;

namespace TorchSharp;

/// <summary>Sets the thread's gradient mode and puts the former one back when disposed.</summary>
internal sealed class GradientMode : IDisposable
{
    private readonly bool before;

    public GradientMode(bool enabled)
    {
        before = IsEnabled;
        NativeMethods.td_set_grad_mode(enabled ? 1 : 0);
    }

    public static bool IsEnabled
    {
        get
        {
            Native.EnsureLoaded();
            return NativeMethods.td_grad_mode() != 0;
        }
    }

    public void Dispose() => NativeMethods.td_set_grad_mode(before ? 1 : 0);
}
