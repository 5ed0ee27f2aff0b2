namespace Trainer.Tests;

/// <summary>Damages files at random, by a seed.</summary>
internal static class Mutation
{
    /// <summary>A copy with one to three changes, each of which may cut it to nothing.</summary>
    /// <param name="original">The file.</param>
    /// <param name="random">Seeded.</param>
    /// <param name="place">Draws where a change is.</param>
    /// <param name="token">Writes something that the format knows at a place.</param>
    /// <param name="other">Makes a change of the format's own.</param>
    public static byte[] Of(
        byte[] original, System.Random random, Func<List<byte>, int> place, Action<List<byte>, int> token,
        Action<List<byte>, int> other)
    {
        var file = original.ToList();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var at = place(file);
            switch (random.Next(6))
            {
                case 0:
                    file[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    file[at] = (byte)random.Next(256);
                    break;
                case 2:
                    file.RemoveRange(at, Math.Min(random.Next(1, 20), file.Count - at));
                    break;
                case 3:
                    file.InsertRange(at, file.GetRange(at, Math.Min(random.Next(1, 20), file.Count - at)));
                    break;
                case 4:
                    token(file, at);
                    break;
                default:
                    other(file, at);
                    break;
            }
            if (file.Count == 0)
                break;
        }
        return [.. file];
    }
}
