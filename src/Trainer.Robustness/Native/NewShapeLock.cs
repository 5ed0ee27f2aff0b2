using TorchSharp;
using TorchSharp.Modules;

namespace Trainer.Robustness.Native;

/// <summary>
/// Lets only one thread at a time compute a gradient of images whose shape is new to a network. The oneDNN inside
/// libtorch 2.10 ends the process (segmentation fault, brgemm_convolution_fwd_t::pd_t::init_batch) where two threads
/// make it create the same convolution's gradient at the same time; seen on an AMD EPYC with AVX-512, at every second
/// start of a training run.
/// </summary>
/// <param name="modules">The network's.</param>
internal sealed class NewShapeLock(IEnumerable<TorchSharp.torch.nn.Module> modules)
{
    // oneDNN keeps the 1024 primitives used last; forward and backward of a convolution need fewer than 16.
    private const int Primitives = 1024;
    private const int PerConvolution = 16;

    // A smaller cache, asked for with oneDNN's own variable, may forget any shape at any time.
    private static readonly bool IsCacheReduced =
        int.TryParse(Environment.GetEnvironmentVariable("ONEDNN_PRIMITIVE_CACHE_CAPACITY")
        ?? Environment.GetEnvironmentVariable("DNNL_PRIMITIVE_CACHE_CAPACITY"), out var primitives)
        && primitives < Primitives;

    // One for the process: networks share oneDNN's primitives.
    private static readonly Lock Creating = new();
    private readonly int convolutions = modules.Sum(module => module switch
    {
        Convolution => 1,
        TorchScriptNetwork script => script.Convolutions,
        _ => 0,
    });
    private readonly List<(long, long, long, long)> recent = [];

    /// <summary>
    /// To be disposed after the gradient is computed; null where the shape is not new and no other thread has to wait.
    /// </summary>
    /// <param name="images">Float [N, C, H, W].</param>
    public IDisposable? Enter(Tensor images)
    {
        if (convolutions == 0 || images.device_type != DeviceType.CPU || images.dim() != 4)
            return null;
        var shape = (images.shape[0], images.shape[1], images.shape[2], images.shape[3]);
        if (IsKnown(shape))
            return null;
        Creating.Enter();
        if (!IsKnown(shape))
            return new Pass(this, shape);
        Creating.Exit();
        return null;
    }

    private bool IsKnown((long, long, long, long) shape)
    {
        lock (recent)
        {
            if (!recent.Remove(shape))
                return false;
            recent.Add(shape);
            return true;
        }
    }

    private void Remember((long, long, long, long) shape)
    {
        if (IsCacheReduced)
            return;
        lock (recent)
        {
            recent.Add(shape);
            if (recent.Count > Math.Max(1, Primitives / PerConvolution / convolutions))
                recent.RemoveAt(0);
        }
    }

    private sealed class Pass(NewShapeLock owner, (long, long, long, long) shape) : IDisposable
    {
        public void Dispose()
        {
            owner.Remember(shape);
            Creating.Exit();
        }
    }
}
