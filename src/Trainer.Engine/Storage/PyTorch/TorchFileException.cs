using Trainer.Recipes;

namespace Trainer.Engine.Storage.PyTorch;

/// <summary>A PyTorch file that is malformed, or holds other things than weights.</summary>
/// <param name="error">What is wrong.</param>
/// <param name="message">The file, what was found there, what was expected and what to do.</param>
public sealed class TorchFileException(TorchFileError error, string message)
    : TrainerException(ErrorKind.Checkpoint, message)
{
    /// <summary>What is wrong.</summary>
    public TorchFileError Error { get; } = error;

    /// <summary>An error with the advice that suits it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="error">What is wrong.</param>
    /// <param name="what">What was found, and what was expected; without a full stop.</param>
    internal static TorchFileException Of(string path, TorchFileError error, string what) =>
        new(error, $"'{path}': {what}. {Advice(error)}");

    private static string Advice(TorchFileError error) => error switch
    {
        TorchFileError.OtherFormat or TorchFileError.Refused => "Save the weights alone, in Python: "
            + "torch.save(model.state_dict(), \"weights.pt\").",
        TorchFileError.NoStateDict => "Name a key that holds one, or save the state_dict alone.",
        _ => "The file may be damaged: fetch it or write it again.",
    };
}
