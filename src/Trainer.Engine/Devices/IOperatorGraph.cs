namespace Trainer.Engine.Devices;

/// <summary>Recorded operators of a device.</summary>
public interface IOperatorGraph : IDisposable
{
    /// <summary>Starts them again, on the memory that they were recorded with.</summary>
    void Replay();
}
