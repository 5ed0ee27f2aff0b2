using TorchSharp.Dispatching;

namespace TorchSharp;

/// <summary>While it lives, backward says which forward operator made a NaN.</summary>
public class AnomalyMode : IDisposable
{
    private readonly bool enabledBefore;
    private readonly bool checkedBefore;

    public AnomalyMode(bool enabled, bool check_nan = true)
    {
        enabledBefore = IsEnabled;
        checkedBefore = ShouldCheckNaN;
        NativeMethods.td_set_anomaly_mode(enabled ? 1 : 0, check_nan ? 1 : 0);
    }

    public static bool IsEnabled
    {
        get
        {
            Native.EnsureLoaded();
            return NativeMethods.td_anomaly_mode() != 0;
        }
    }

    public static bool ShouldCheckNaN
    {
        get
        {
            Native.EnsureLoaded();
            return NativeMethods.td_anomaly_checks_nan() != 0;
        }
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) NativeMethods.td_set_anomaly_mode(enabledBefore ? 1 : 0, checkedBefore ? 1 : 0);
    }
}
