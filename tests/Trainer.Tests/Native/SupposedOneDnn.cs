using Trainer.Robustness.Native;

namespace Trainer.Tests.Native;

/// <summary>Takes oneDNN for wrong, or for right, and has it on, until this is disposed.</summary>
internal sealed class SupposedOneDnn : IDisposable
{
    private readonly (bool IsWrong, bool IsDisabled) before = (OneDnn.IsWrongHere, OneDnn.IsDisabled);

    public SupposedOneDnn(bool isWrong) => (OneDnn.IsWrongHere, OneDnn.IsDisabled) = (isWrong, false);

    public void Dispose() => (OneDnn.IsWrongHere, OneDnn.IsDisabled) = before;
}
