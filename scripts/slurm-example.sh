#!/usr/bin/env bash
#SBATCH --job-name=trainer
#SBATCH --gres=gpu:1
#SBATCH --cpus-per-task=8
#SBATCH --mem=32G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --signal=B:USR1@300
#SBATCH --open-mode=append
#SBATCH --output=slurm-%j.log
#
# An example job: sbatch scripts/slurm-example.sh RECIPE [OPTION…], submitted from the repository. Run
# `TRAINER_TORCH_DEVICE=cuda scripts/trainer.sh doctor` on the login node before: it builds for the GPU nodes, so that no job
# downloads or builds. Where the NuGet packages for CUDA cannot be had, build with TRAINER_TORCH_DEVICE=cpu, export that for the
# job, too, and let TRAINER_LIBTORCH name the folder torch of a PyTorch 2.10 for CUDA.
#
# Several processes, one for each GPU, share the batches of one run (scripts/README.md). srun has to know the MPI that is
# installed: pmix for Open MPI, pmi2 for MPICH. Many clusters, and Debian, have none by default.
#   SLURM_MPI_TYPE=pmix sbatch --nodes=4 --ntasks-per-node=4 --gres=gpu:4 --mem=128G scripts/slurm-example.sh RECIPE
#
# Other commands are named; of a study, each task of a job array trains one run. One with "select" takes two arrays
# (scripts/README.md):
#   sbatch --array=0-15 scripts/slurm-example.sh study STUDY
#   sbatch scripts/slurm-example.sh evaluate RUN --attack autoattack
#
# Five minutes before the time limit SLURM sends USR1 to this shell: the run saves and stops, and the job puts itself
# back into the queue. Pre-empted (TERM), the run saves and stops, and SLURM requeues it where the partition does so.
# Each start is the same command and resumes from the last checkpoint; a finished run exits at once with 0.
set -euo pipefail

if [[ $# -eq 0 || "$1" == -h || "$1" == --help ]]; then
  sed -n '/^# An example/,/^[^#]/{s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
  exit 0
fi

# SLURM runs a copy of this file, so the repository is where the job was submitted.
cd "${SLURM_SUBMIT_DIR:-$(dirname "${BASH_SOURCE[0]}")/..}"

case "$1" in
  train | evaluate | certify | verify | study) command=(scripts/trainer.sh "$@") ;;
  *) command=(scripts/train.sh "$@") ;;
esac
launcher=()
if [[ "${SLURM_NTASKS:-1}" -gt 1 ]]; then launcher=(srun --kill-on-bad-exit=1); fi

# A task of an array by the array's number and its own: the number alone, which one of the tasks has, means all of them.
job="${SLURM_JOB_ID:-}"
if [[ -n "${SLURM_ARRAY_JOB_ID:-}" ]]; then job="${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"; fi

"${launcher[@]}" "${command[@]}" &
run=$! out_of_time=false

# Asks the run to save and stop; of several processes, all of them. SLURM may not answer at once.
# shellcheck disable=SC2317 # The traps call it.
stop() {
  if [[ ${#launcher[@]} -eq 0 ]]; then
    kill -TERM "$run" || true
    return 0
  fi
  for _ in 1 2 3 4; do
    if scancel --signal=USR2 "$job"; then return 0; fi
    sleep 5
  done
  return 0
}
trap 'interrupted=true out_of_time=true; stop' USR1
trap 'interrupted=true; stop' TERM

requeue() {
  for _ in 1 2 3 4; do
    if scontrol requeue "$job"; then return; fi
    sleep 10
  done
  echo "job $job could not be put back into the queue; submit the same command again"
}

# A trapped signal ends `wait` before the run has saved, so wait again.
interrupted=true
while $interrupted; do
  interrupted=false status=0
  wait "$run" || status=$?
done

# 143: saved and stopped. 140: SIGUSR2 ended an evaluation, which its ledger continues.
if $out_of_time && [[ $status -eq 143 || $status -eq 140 ]]; then
  if [[ -n "$job" ]]; then
    echo "out of time: job $job goes back into the queue"
    requeue
  else
    echo "out of time: no SLURM job to put back into the queue; run the same command again"
  fi
fi
exit "$status"
