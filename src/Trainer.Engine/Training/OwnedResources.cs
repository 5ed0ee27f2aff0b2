namespace Trainer.Engine.Training;

/// <summary>Resources that are disposed together, the last first.</summary>
internal sealed class OwnedResources : IDisposable
{
    private readonly Stack<IDisposable> resources = new();

    /// <summary>Takes a resource, if it is one that is disposed.</summary>
    public T Add<T>(T item)
    {
        if (item is IDisposable resource)
            resources.Push(resource);
        return item;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (resources.TryPop(out var resource))
            resource.Dispose();
    }
}
