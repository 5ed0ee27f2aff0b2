using Trainer.Engine.Devices;
using Trainer.Robustness.Native;

namespace Trainer.Cli.Doctor;

/// <summary>Which TorchSharp, which libtorch from where, which devices.</summary>
internal static class TorchFindings
{
    public static IEnumerable<Finding> Find()
    {
        yield return new("TorchSharp", TorchVersions.TorchSharp);
        var library = Library();
        yield return library;
        if (!library.IsFault)
        {
            yield return OneDnn.IsWrongHere ? new("oneDNN", "wrong for some networks", OneDnn.Explanation)
                : new("oneDNN", "gradients of convolutions are right");
            yield return Gpus();
        }
    }

    private static Finding Library()
    {
        try
        {
            var library = Libtorch.Load();
            using var product = ones(64, 64).mm(ones(64, 64));
            if (product.sum().item<float>() != 64 * 64 * 64)
                return new("libtorch", $"{library.Version} in {library.Folder}",
                    "it multiplies matrices wrongly: use another libtorch", IsFault: true);
            var patch = library.IsPatched
                ? "; TorchSharp's native library was adapted in memory to this system's older libstdc++" : "";
            return new("libtorch", $"{library.Version} in {library.Folder}{patch}");
        }
        catch (DllNotFoundException exception)
        {
            return new("libtorch", "cannot be loaded", exception.Message, IsFault: true);
        }
    }

    private static Finding Gpus()
    {
        var count = cuda.is_available() ? cuda.device_count() : 0;
        if (count > 0)
            return new("GPUs", string.Join(", ", Enumerable.Range(0, count).Select(index => $"cuda:{index}")));
        return Directory.Exists("/proc/driver/nvidia")
            ? new("GPUs", "none that torch can use, but the NVIDIA driver is loaded", "this libtorch was built without "
            + "CUDA: build with -p:TorchDevice=cuda, or name the folder torch of a CUDA build of PyTorch with "
            + "TRAINER_LIBTORCH")
            : new("GPUs", "none: training runs on the CPU");
    }
}
