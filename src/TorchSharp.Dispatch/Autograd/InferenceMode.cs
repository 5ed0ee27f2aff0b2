using TorchSharp.Dispatching;

namespace TorchSharp;

/// <summary>The thread's inference mode, until disposed on the same thread.</summary>
internal sealed unsafe class InferenceMode : IDisposable
{
    private nint guard;

    public InferenceMode(bool enabled)
    {
        Native.EnsureLoaded();
        nint entered;
        Native.Check(NativeMethods.td_inference_mode_enter(enabled ? 1 : 0, &entered));
        guard = entered;
    }

    public static bool IsEnabled
    {
        get
        {
            Native.EnsureLoaded();
            return NativeMethods.td_inference_mode() != 0;
        }
    }

    public void Dispose()
    {
        if (guard != 0) NativeMethods.td_inference_mode_exit(guard);
        guard = 0;
    }
}
