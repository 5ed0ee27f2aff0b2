using Trainer.Engine.Checkpoints;
using Trainer.Recipes;

namespace Trainer.Tests.Checkpoints;

public sealed class DamagedCheckpointTests
{
    private static readonly string[] Files = ["manifest.json", "model.safetensors", "optimizer.safetensors",
        "state.json"];

    private static readonly Dictionary<string, Action<string>> Damages = new()
    {
        ["missing"] = File.Delete,
        ["emptied"] = path => File.WriteAllBytes(path, []),
        ["truncated"] = path => File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]),
        ["lengthened"] = path => File.AppendAllText(path, " x"),
        ["first bit flipped"] = path => Flip(path, 0, 0),
        ["last bit flipped"] = path => Flip(path, (int)new FileInfo(path).Length - 1, 7),
        ["zeroed"] = path => File.WriteAllBytes(path, new byte[new FileInfo(path).Length]),
        ["replaced by a folder"] = path =>
        {
            File.Delete(path);
            Directory.CreateDirectory(path);
        },
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var file in Files)
            {
                foreach (var damage in Damages.Keys)
                    cases.Add(file, damage);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void One_damaged_file_leads_back_to_the_checkpoint_before_it(string file, string damage)
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (10, 0.1), (20, 0.2));
        Damages[damage](folder.At("000002-step-000000020", file));
        var reports = new List<DamagedCheckpoint>();

        var store = Sample.Store(folder);
        var checkpoint = store.FindNewest(reports.Add);

        Sample.AssertIs(checkpoint, 10);
        var report = Assert.Single(reports);
        Assert.Equal(folder.At("000002-step-000000020"), report.Path);
        Assert.Contains(file, report.Problem, StringComparison.Ordinal);
        Sample.AssertIs(store.FindBest(_ => { }), 10);
    }

    [Theory]
    [InlineData("manifest.json")]
    [InlineData("model.safetensors")]
    [InlineData("state.json")]
    public void A_file_that_cannot_be_read_is_no_damage_and_the_checkpoint_before_it_is_not_used(string file)
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (10, 0.1), (20, 0.2));
        var path = folder.At("000002-step-000000020", file);
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        // Opening a link to itself fails for every user; permissions do not for all.
        File.CreateSymbolicLink(path, path);
        var store = Sample.Store(folder);
        foreach (var find in (Func<Action<DamagedCheckpoint>, Checkpoint?>[])[store.FindNewest, store.FindBest])
        {
            var exception = Assert.Throws<TrainerException>(() => find(damaged => Assert.Fail(damaged.Problem)));
            Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
            Assert.Contains(" cannot be read: ", exception.Message, StringComparison.Ordinal);
            Assert.Contains("000002-step-000000020", exception.Message, StringComparison.Ordinal);
        }
        Assert.StartsWith(
            $"'{folder.At("000002-step-000000020")}' cannot be read: ",
            Assert.Throws<TrainerException>(() => Checkpoint.Open(folder.At("000002-step-000000020"))).Message,
            StringComparison.Ordinal);
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
        Sample.AssertIs(store.FindNewest(damaged => Assert.Fail(damaged.Problem)), 20);
        Sample.AssertIs(store.FindBest(damaged => Assert.Fail(damaged.Problem)), 20);
    }

    [Fact]
    public void A_flipped_bit_in_any_byte_of_the_manifest_is_found()
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (10, null));
        var path = folder.At("000001-step-000000010", "manifest.json");
        var length = new FileInfo(path).Length;
        for (var index = 0; index < length; index++)
        {
            Flip(path, index, index % 8);
            Assert.Null(Sample.Store(folder).FindNewest(_ => { }));
            Flip(path, index, index % 8);
        }
        Sample.AssertIs(Sample.Store(folder).FindNewest(_ => { }), 10);
    }

    [Theory]
    [InlineData("../000002-step-000000020/model.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("")]
    public void A_manifest_that_leads_out_of_its_folder_is_damage(string name)
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (10, null));
        var manifest = folder.At("000001-step-000000010", "manifest.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace(
            "optimizer.safetensors", name, StringComparison.Ordinal));

        var reports = new List<DamagedCheckpoint>();

        Assert.Null(Sample.Store(folder).FindNewest(reports.Add));
        Assert.Contains("manifest.json", Assert.Single(reports).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_checkpoints_are_neither_counted_nor_deleted_by_retention()
    {
        using var folder = new TemporaryFolder();
        Sample.Save(Sample.Store(folder), (10, null), (20, null), (30, null));
        Flip(folder.At("000003-step-000000030", "model.safetensors"), 0, 0);
        var store = Sample.Store(folder, new Retention(KeepLast: 2, KeepBest: 0));

        store.Resume(store.FindNewest(_ => { }) ?? throw new InvalidOperationException("no checkpoint"));
        Sample.Save(store, (30, null), (40, null), (50, null));

        Assert.Equal(
            ["000002-step-000000020", "000003-step-000000030", "000005-step-000000040", "000006-step-000000050"],
            Sample.Folders(folder));
    }

    private static void Flip(string path, int index, int bit)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[index] ^= (byte)(1 << bit);
        File.WriteAllBytes(path, bytes);
    }
}
