namespace Trainer.Robustness.Models;

/// <summary>The shapes of a file's tensors by their keys, from which an architecture's sizes can be read.</summary>
/// <param name="Shapes">The shape of each tensor.</param>
public sealed record WeightShapes(IReadOnlyDictionary<string, IReadOnlyList<long>> Shapes)
{
    /// <summary>One size of a tensor; 0 where there is no such tensor or dimension, or it is no int.</summary>
    /// <param name="key">The tensor.</param>
    /// <param name="dimension">The dimension, from 0.</param>
    public int Size(string key, int dimension) =>
        Shapes.TryGetValue(key, out var shape) && dimension < shape.Count && shape[dimension] <= int.MaxValue
            ? (int)shape[dimension] : 0;

    /// <summary>Whether a tensor's first two sizes are both a number.</summary>
    /// <param name="key">The tensor.</param>
    /// <param name="size">The number.</param>
    public bool IsSquare(string key, long size) =>
        Shapes.TryGetValue(key, out var shape) && shape is [var rows, var columns, ..] && rows == size
        && columns == size;

    /// <summary>How many tensors there are whose keys are numbered from 0 without a gap.</summary>
    /// <param name="key">The key of each number.</param>
    public int Count(Func<int, string> key)
    {
        var count = 0;
        while (Shapes.ContainsKey(key(count)))
            count++;
        return count;
    }

    /// <summary>How many square tensors there are whose keys are numbered from 0 without a gap.</summary>
    /// <param name="key">The key of each number.</param>
    /// <param name="size">The first two sizes of each.</param>
    public int CountSquare(Func<int, string> key, long size)
    {
        var count = 0;
        while (IsSquare(key(count), size))
            count++;
        return count;
    }
}
