using TorchSharp.Modules;

namespace Trainer.Robustness.Models;

/// <summary>Initial weights of TRADES' small networks.</summary>
internal static class ZeroedHead
{
    /// <summary>Kaiming-normal convolutions, their biases and the last layer zero.</summary>
    /// <param name="features">Convolutions.</param>
    /// <param name="classifier">Linear layers.</param>
    /// <param name="last">The beginning of the last layer's keys in the classifier.</param>
    public static void Initialise(Sequential features, Sequential classifier, string last)
    {
        using var noGrad = no_grad();
        foreach (var (name, parameter) in features.named_parameters())
        {
            if (name.EndsWith(".weight", StringComparison.Ordinal))
                nn.init.kaiming_normal_(parameter);
            else
                nn.init.zeros_(parameter);
        }
        foreach (var (name, parameter) in classifier.named_parameters())
        {
            if (name.StartsWith(last, StringComparison.Ordinal))
                nn.init.zeros_(parameter);
        }
    }
}
