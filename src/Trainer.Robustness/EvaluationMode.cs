namespace Trainer.Robustness;

/// <summary>Evaluation mode of a network, for as long as any of several threads needs it.</summary>
/// <param name="modules">The network, then the modules below it; parents come before their children.</param>
internal sealed class EvaluationMode(List<TorchSharp.torch.nn.Module> modules)
{
    private readonly Lock entrance = new();
    private List<bool>? modes;
    private int scopes;

    /// <summary>Puts every module into evaluation mode until the last of overlapping scopes is disposed.</summary>
    public IDisposable Enter()
    {
        lock (entrance)
        {
            if (modules.Exists(module => module.training))
            {
                modes ??= modules.ConvertAll(module => module.training);
                modules[0].eval();
            }
            scopes++;
        }
        return new Scope(this);
    }

    private void Leave()
    {
        lock (entrance)
        {
            if (--scopes > 0)
                return;
            // train() also reaches the modules below: the last word is each one's own.
            for (var i = 0; i < modes?.Count; i++)
            {
                if (modules[i].training != modes[i])
                    modules[i].train(modes[i]);
            }
            modes = null;
        }
    }

    private sealed class Scope(EvaluationMode mode) : IDisposable
    {
        private EvaluationMode? left = mode;

        public void Dispose() => Interlocked.Exchange(ref left, null)?.Leave();
    }
}
