using Trainer.Engine.Storage;
using Trainer.Engine.Storage.PyTorch;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Recipes;

namespace Trainer.Engine.Weights;

/// <summary>Opens files of weights, whose format is recognised by their content and not by their name.</summary>
internal static class WeightsFile
{
    private const string Expected = "expected a safetensors file, or one that torch.save wrote";

    /// <summary>Opens a file; the caller closes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">The key of the state dict within a PyTorch file; null where there is but one.</param>
    /// <exception cref="TrainerException">It is neither a safetensors nor a PyTorch file.</exception>
    public static ITensorFile Open(string path, string? key)
    {
        try
        {
            var start = Start(path);
            if (start.Length == 0)
                throw Fault($"'{path}' is empty, {Expected}. Fetch it again.");
            if (TorchFile.IsAtStart(start))
                return TorchFile.Open(path, key);
            if (OtherFormat.Of(start) is var (format, advice) && start[0] != 0x80)
                throw Fault($"'{path}' is {format}, {Expected}. {advice}");
            var file = SafetensorsFile.Open(path);
            if (key is null)
                return file;
            file.Dispose();
            throw new TrainerException(
                ErrorKind.Recipe, $"--weights-key names a state dict within a PyTorch file, and '{path}' is a "
                + "safetensors file. Leave it out.");
        }
        catch (SafetensorsException exception) when (exception.Error == SafetensorsError.OtherFormat)
        {
            // Its message names what the file is instead.
            return TorchFile.Open(path, key);
        }
        catch (SafetensorsException exception)
        {
            throw Fault(exception.Message, exception);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw Fault($"'{path}' cannot be read: {exception.Message.TrimEnd('.')}. Make it readable.", exception);
        }
    }

    private static byte[] Start(string path)
    {
        using var file = File.OpenRead(path);
        var start = new byte[TorchFile.LengthOfStart];
        return start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
    }

    private static TrainerException Fault(string message, Exception? inner = null) =>
        new(ErrorKind.Checkpoint, message, inner);
}
