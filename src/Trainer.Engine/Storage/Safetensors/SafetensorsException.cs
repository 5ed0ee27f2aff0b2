namespace Trainer.Engine.Storage.Safetensors;

/// <summary>A safetensors file that is malformed, or lacks what was asked of it.</summary>
/// <param name="error">What is wrong.</param>
/// <param name="message">The file, what was found there and what was expected.</param>
/// <param name="inner">The cause, where there is one.</param>
public sealed class SafetensorsException(SafetensorsError error, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What is wrong.</summary>
    public SafetensorsError Error { get; } = error;
}
