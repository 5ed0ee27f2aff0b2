using Trainer.Robustness.Native;

/// <summary>
/// Run by .NET before a program's Main (build/Trainer.Robustness.targets), so that the first call may be one to
/// TorchSharp.
/// </summary>
internal static class StartupHook
{
    public static void Initialize() => Libtorch.Load();
}
