using Trainer.Recipes;

namespace Trainer.Engine.Devices;

/// <summary>Finds the device that a recipe asks for.</summary>
public static class DeviceChoice
{
    /// <summary>Resolves a recipe's word.</summary>
    /// <param name="wanted">"auto" (a GPU where there is one), "cpu", "cuda" or "cuda:1".</param>
    /// <param name="name">The key or option that says it, for messages.</param>
    /// <param name="localRank">
    /// The number of this process on its machine: where no GPU is named, it takes the one of that number.
    /// </param>
    /// <exception cref="TrainerException">There is no such device.</exception>
    public static Device Resolve(string wanted, string name = "device", int localRank = 0)
    {
        if (wanted == "cpu" || (wanted == "auto" && !cuda.is_available()))
            return CPU;
        if (wanted is "cuda" or "auto")
            return Gpu(wanted, localRank % Math.Max(1, Gpus()), name);
        if (wanted.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(wanted["cuda:".Length..], out var index) && index >= 0)
            return Gpu(wanted, index, name);
        throw new TrainerException(
            ErrorKind.Recipe, $"{name}: found \"{wanted}\", expected \"auto\", \"cpu\", \"cuda\" or \"cuda:1\".");
    }

    private static int Gpus() => cuda.is_available() ? cuda.device_count() : 0;

    private static Device Gpu(string wanted, int index, string name)
    {
        var count = Gpus();
        if (index < count)
            return new Device(TorchSharp.DeviceType.CUDA, index);
        var found = count switch
        {
            0 => "no GPU that torch can use",
            1 => "one GPU, cuda:0",
            _ =>
            $"GPUs cuda:0 to cuda:{count - 1}"
        };
        throw new TrainerException(ErrorKind.Device,
            $"{name}: found {found}, expected \"{wanted}\". Set device to cpu or auto, or see what is missing with: "
            + "trainer doctor");
    }
}
