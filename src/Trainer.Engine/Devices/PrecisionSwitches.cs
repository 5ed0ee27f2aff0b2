namespace Trainer.Engine.Devices;

/// <summary>The TF32 switches of GPUs, which torch leaves on for convolutions.</summary>
public static class PrecisionSwitches
{
    /// <summary>Sets both switches until the result is disposed, which sets them back.</summary>
    public static IDisposable Use(Precision precision)
    {
        var former = (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32);
        Set((precision == Precision.Tf32, precision == Precision.Tf32));
        return new Restore(former);
    }

    private static void Set((bool Products, bool Convolutions) allowed)
    {
        backends.cuda.matmul.allow_tf32 = allowed.Products;
        backends.cudnn.allow_tf32 = allowed.Convolutions;
    }

    private sealed class Restore((bool, bool) former) : IDisposable
    {
        public void Dispose() => Set(former);
    }
}
