namespace TorchSharp;

/// <summary>Owns the tensors made on its thread until it is disposed, and then disposes them.</summary>
public sealed class DisposeScope : IDisposable
{
    // A tensor knows its place here, so that it leaves in constant time: the last one takes the place.
    private readonly List<torch.Tensor> tensors = [];
    private DisposeScopeManager? manager;

    internal DisposeScope(DisposeScopeManager manager)
    {
        this.manager = manager;
        OuterScope = manager.CurrentDisposeScope;
    }

    /// <summary>A copy of what the scope holds.</summary>
    public IReadOnlyList<IDisposable> DisposablesView => [.. Open().tensors];

    public int DisposablesCount => Open().tensors.Count;

    internal DisposeScope? OuterScope { get; set; }

    public T MoveToOuter<T>(T disposable) where T : IDisposable => MoveToOther(OuterScope, disposable);

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        (MoveToOuter(first), MoveToOuter(second));

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (MoveToOuter(first), MoveToOuter(second), MoveToOuter(third));

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOther(OuterScope, disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(OuterScope, disposables);

    /// <summary>Hands a tensor of this scope to another; to none where that is null.</summary>
    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable
    {
        if (!Open().Holds(disposable, out var tensor)) return disposable;
        if (scope is null)
        {
            Release(tensor);
        }
        else if (!ReferenceEquals(scope, this))
        {
            Take(tensor);
            scope.Add(tensor);
        }
        return disposable;
    }

    public (T1 first, T2 second) MoveToOther<T1, T2>(DisposeScope? scope, T1 first, T2 second)
        where T1 : IDisposable where T2 : IDisposable =>
        (MoveToOther(scope, first), MoveToOther(scope, second));

    public (T1 first, T2 second, T3 third) MoveToOther<T1, T2, T3>(DisposeScope? scope, T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (MoveToOther(scope, first), MoveToOther(scope, second), MoveToOther(scope, third));

    public void MoveToOther(DisposeScope? scope, params IDisposable[] disposables) =>
        MoveToOther(scope, (IEnumerable<IDisposable>)disposables);

    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables)
            MoveToOther(scope, disposable);
    }

    /// <summary>Takes a tensor out of all scopes: whoever asked disposes it.</summary>
    public T Detach<T>(T disposable) where T : IDisposable
    {
        if (Open().Holds(disposable, out var tensor)) Release(tensor);
        return disposable;
    }

    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        (Detach(first), Detach(second));

    public (T1 first, T2 second, T3 third) Detach<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (Detach(first), Detach(second), Detach(third));

    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);

    public void Detach(IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables)
            Detach<IDisposable>(disposable);
    }

    public void Attach(IDisposable disposable) => Attach((IEnumerable<IDisposable>)[disposable]);

    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    /// <summary>Takes tensors over from wherever they are.</summary>
    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        var attached = disposables.ToArray();
        foreach (var disposable in attached)
        {
            if (disposable is not torch.Tensor tensor)
                throw new InvalidOperationException("DisposeScope can only manage Tensor");
            if (ReferenceEquals(tensor.OwningDisposeScope, Open())) continue;
            tensor.OwningDisposeScope?.Take(tensor);
            Add(tensor);
            manager!.StatisticsInstance.TensorStatistics.AttachedToScopeCount++;
        }
        return attached;
    }

    public void DisposeEverything() => DisposeEverythingBut((IEnumerable<IDisposable>)[]);

    /// <summary>Disposes what the scope holds, except these.</summary>
    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var keep = inKeep.ToHashSet(ReferenceEqualityComparer.Instance);
        var held = Open().tensors.ToArray();
        foreach (var tensor in held)
        {
            if (keep.Count == 0 || !keep.Contains(tensor)) tensor.Dispose();
        }
    }

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[keep]);
        return keep;
    }

    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[first, second]);
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[first, second, third]);
        return (first, second, third);
    }

    /// <summary>Disposes everything that the scope holds and leaves the chain of scopes.</summary>
    public void Dispose()
    {
        if (manager is null) return;
        for (var i = tensors.Count - 1; i >= 0; i--)
            tensors[i].Dispose();
        manager.Remove(this);
        manager = null;
    }

    /// <summary>Forgets a tensor that has been disposed.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        if (Open().Holds(disposable, out var tensor)) Take(tensor);
    }

    public bool Contains(IDisposable disposable) => Holds(disposable, out _);

    internal void Add(torch.Tensor tensor)
    {
        tensor.OwningDisposeScope = this;
        tensor.ScopeSlot = tensors.Count;
        tensors.Add(tensor);
    }

    internal void Take(torch.Tensor tensor)
    {
        var last = tensors[^1];
        tensors[tensor.ScopeSlot] = last;
        last.ScopeSlot = tensor.ScopeSlot;
        tensors.RemoveAt(tensors.Count - 1);
        tensor.OwningDisposeScope = null;
    }

    /// <summary>Puts one tensor in the place of another, where that is in a scope.</summary>
    internal static void ReplaceWith(torch.Tensor original, torch.Tensor replacement)
    {
        if (original.OwningDisposeScope is not { } scope) return;
        scope.Take(original);
        replacement.OwningDisposeScope?.Take(replacement);
        scope.Add(replacement);
    }

    private void Release(torch.Tensor tensor)
    {
        Take(tensor);
        manager!.StatisticsInstance.TensorStatistics.DetachedFromScopeCount++;
    }

    private bool Holds(IDisposable disposable, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out torch.Tensor? tensor)
    {
        tensor = disposable as torch.Tensor;
        return tensor is not null && ReferenceEquals(tensor.OwningDisposeScope, this);
    }

    private DisposeScope Open()
    {
        ObjectDisposedException.ThrowIf(manager is null, this);
        return this;
    }
}
