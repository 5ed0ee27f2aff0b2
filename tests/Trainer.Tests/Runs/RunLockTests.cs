using System.Diagnostics;
using System.Net.Sockets;
using Trainer.Engine.Checkpoints;
using Trainer.Recipes;

namespace Trainer.Tests.Runs;

public sealed class RunLockTests
{
    [Fact]
    public void A_second_owner_is_refused_and_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.In(folder.Path);
        using var first = RunLock.Take(run);
        var before = Directory.GetFileSystemEntries(folder.Path);

        var exception = Assert.Throws<TrainerException>(() => RunLock.Take(run));

        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Equal(
            $"The run folder '{run.Path}' is in use by process {Environment.ProcessId} on {Environment.MachineName}. "
            + "Wait for it to end, stop it, or name another folder with --run.", exception.Message);
        Assert.Equal(before, Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_released_lock_can_be_taken_again()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.In(folder.Path);
        RunLock.Take(run).Dispose();
        Assert.False(File.Exists(folder.At(".owner")));
        File.WriteAllText(folder.At(".owner"), "a former owner, who was killed");
        using var taken = RunLock.Take(run);
        Assert.Equal(
            $"process {Environment.ProcessId} on {Environment.MachineName}\n", File.ReadAllText(folder.At(".owner")));
    }

    [Fact]
    public void A_run_folder_that_was_moved_or_deleted_is_told_from_one_whose_lock_is_gone()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.In(folder.At("run"));
        using var taken = RunLock.Take(run);
        taken.CheckFolder();
        File.Delete(folder.At("run", ".lock"));
        taken.CheckFolder();

        Directory.Move(run.Path, folder.At("away"));
        Moved();
        Directory.CreateDirectory(run.Path);
        Moved();
        using (RunLock.Take(RunFolder.In(run.Path)))
            Moved();
        Directory.Delete(run.Path, recursive: true);
        Directory.Move(folder.At("away"), run.Path);
        taken.CheckFolder();

        void Moved()
        {
            var exception = Assert.Throws<TrainerException>(taken.CheckFolder);
            Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
            Assert.StartsWith(
                $"The run folder '{run.Path}' was moved or deleted while its run was at work", exception.Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_owner_on_another_machine_that_did_not_sign_off_is_a_doubt()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.In(folder.Path);
        // A former owner here was killed: its lock is free.
        File.WriteAllText(folder.At(".owner"), $"process 5 on {Environment.MachineName}\n");
        using (var free = RunLock.Take(run))
            Assert.Null(free.Doubt);
        File.WriteAllText(folder.At(".owner"), "process 5 on elsewhere\n");
        using (var doubtful = RunLock.Take(run))
            Assert.StartsWith(
                $"'{run.Path}' was in use by process 5 on elsewhere, which did not sign off", doubtful.Doubt,
                StringComparison.Ordinal);
        using var lockFile = new FileStream(
            folder.At(".lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        File.WriteAllText(folder.At(".owner"), "process 5 on elsewhere\n");
        Assert.EndsWith(
            $"If that machine is down, delete '{folder.At(".lock")}'.",
            Assert.Throws<TrainerException>(() => RunLock.Take(run)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Processes_that_begin_at_the_same_time_create_one_folder()
    {
        using var folder = new TemporaryFolder();
        for (var round = 0; round < 20; round++)
        {
            var path = folder.At($"{round}", "run");
            using var together = new Barrier(4);
            Parallel.For(0, 4, new() { MaxDegreeOfParallelism = 4 }, _ =>
            {
                together.SignalAndWait(TimeSpan.FromSeconds(1));
                RunFolder.In(path);
            });
            Assert.True(File.Exists(Path.Combine(path, ".gitignore")));
        }
    }

    [Fact]
    public void An_owner_that_found_no_room_to_sign_is_another_process()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.In(folder.Path);
        using var first = RunLock.Take(run);
        File.Delete(folder.At(".owner"));
        Assert.Contains(
            " is in use by another process. ", Assert.Throws<TrainerException>(() => RunLock.Take(run)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_owner_of_a_lock_is_known_to_others()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(RunLock.OwnerOf(folder.Path));
        using (RunLock.Take(RunFolder.In(folder.Path)))
            Assert.Equal(
                $"process {Environment.ProcessId} on {Environment.MachineName}", RunLock.OwnerOf(folder.Path));
        Assert.Null(RunLock.OwnerOf(folder.Path));
    }

    /// <summary>A socket cannot be opened; of a file system that is gone, nothing can.</summary>
    [Fact]
    public void A_lock_that_cannot_be_opened_has_no_owner_and_cannot_be_taken()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.In(folder.Path);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(folder.At(".lock")));
        Assert.Null(RunLock.OwnerOf(folder.Path));
        Assert.Contains("cannot be written", Assert.Throws<TrainerException>(() => RunLock.Take(run)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_child_process_does_not_keep_the_lock()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.In(folder.Path);
        var first = RunLock.Take(run);
        using var child = Process.Start(new ProcessStartInfo(OperatingSystem.IsWindows() ? "more" : "cat")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        });
        first.Dispose();

        using var second = RunLock.Take(run);

        child?.StandardInput.Close();
        Assert.NotNull(second);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_another_error_than_one_in_use()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.In(folder.Path);
        Directory.CreateDirectory(folder.At(".lock"));
        var exception = Assert.Throws<TrainerException>(() => RunLock.Take(run));
        Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
        Assert.Contains("cannot be written", exception.Message, StringComparison.Ordinal);
    }
}
