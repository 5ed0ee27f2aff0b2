namespace TorchSharp.Dispatching;

/// <summary>Tuples of sizes, as TorchSharp takes them, as the lists that operators take.</summary>
internal static class SizeExtensions
{
    public static long[] Sizes(this (long, long) sizes) => [sizes.Item1, sizes.Item2];

    public static long[] Sizes(this (long, long, long) sizes) => [sizes.Item1, sizes.Item2, sizes.Item3];

    public static long[] Sizes(this (long, long)? sizes, long fallback) => sizes?.Sizes() ?? [fallback, fallback];

    public static long[] Sizes(this (long, long, long)? sizes, long fallback) => sizes?.Sizes() ?? [fallback, fallback, fallback];

    public static long[]? Square(this long? size) => size is { } value ? [value, value] : null;
}
