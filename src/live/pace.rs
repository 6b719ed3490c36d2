//! Audio at its own speed: what is written faster than it plays leaves in frames of 20 ms, each at its time.
//! It is a function of what is written and of the time that it is told, and opens nothing.
//!
//! Both directions use it: audio that is sent, and audio that is received faster than it is played.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

/// How long a frame lasts.
pub(super) const FRAME: Duration = Duration::from_millis(20);
const FRAMES_PER_SECOND: u32 = 50;
/// How far behind its times audio may be before it stops catching up: a machine that slept must not send
/// everything at once.
const MAX_LAG: Duration = Duration::from_secs(1);
const BYTES_PER_SAMPLE: usize = 2;

/// What is sent where less audio was written than the time that has passed.
///
/// ```
/// use ultravox::live::{Session, Underrun};
///
/// let builder = Session::builder().input_sample_rate(48_000).underrun(Underrun::Silence);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Underrun {
    /// Nothing, until more is written.
    #[default]
    Gap,
    /// Silence, from the beginning of the session on. Ultravox expects continuous audio: a second of it each
    /// second.
    Silence,
}

/// Audio of 16-bit samples: how many a second, of how many channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) hz: u32,
    pub(super) channels: u16,
}

impl Format {
    /// The bytes of one sample of each channel.
    fn block(self) -> usize {
        BYTES_PER_SAMPLE * usize::from(self.channels.max(1))
    }

    fn duration(self, blocks: u64) -> Duration {
        let hz = u64::from(self.hz.max(1));
        let nanos = (blocks % hz) * 1_000_000_000 / hz;
        Duration::from_secs(blocks / hz) + Duration::from_nanos(nanos)
    }

    pub(super) fn bytes(self, duration: Duration) -> usize {
        let blocks = duration.as_nanos() * u128::from(self.hz) / 1_000_000_000;
        usize::try_from(blocks)
            .unwrap_or(usize::MAX)
            .saturating_mul(self.block())
    }

    fn duration_of_bytes(self, bytes: usize) -> Duration {
        self.duration((bytes / self.block()) as u64)
    }
}

/// What is next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A frame whose time has come.
    Frame(Bytes),
    /// Nothing before this time, unless more is written.
    At(Instant),
    /// Nothing, until more is written.
    Idle,
}

/// The buffer between audio as it is written and audio as it plays.
#[derive(Debug)]
pub(super) struct Pacer {
    /// Without one, audio leaves as it was written, at once.
    format: Option<Format>,
    underrun: Underrun,
    /// How many bytes there may be before the writer has to wait.
    capacity: usize,
    buffered: VecDeque<Bytes>,
    len: usize,
    /// When the audio that has left began, and how much of it there was. `None` where nothing plays.
    clock: Option<(Instant, u64)>,
    /// The fiftieths of a sample that frames have left over, where 20 ms are no whole number of samples.
    fraction: u32,
    /// Whether what is shorter than a frame leaves as it is: nothing follows it.
    flushing: bool,
}

impl Pacer {
    /// `capacity` is in bytes.
    pub(super) fn new(format: Option<Format>, underrun: Underrun, capacity: usize) -> Self {
        Self {
            format,
            underrun,
            capacity,
            buffered: VecDeque::new(),
            len: 0,
            clock: None,
            fraction: 0,
            flushing: false,
        }
    }

    pub(super) fn push(&mut self, audio: Bytes) {
        if !audio.is_empty() {
            self.len += audio.len();
            self.buffered.push_back(audio);
            self.flushing = false;
        }
    }

    /// Whether the writer may write more. One write may go over the capacity: it is in memory already.
    pub(super) fn has_room(&self) -> bool {
        self.len < self.capacity
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether there is not one sample left. Half a sample never leaves.
    pub(super) fn is_drained(&self) -> bool {
        self.len < self.format.map_or(1, Format::block)
    }

    /// Says that nothing follows, so that the last frame may be a short one.
    pub(super) fn flush(&mut self) {
        self.flushing = true;
    }

    /// Removes what has not left yet, and tells how long it would have played.
    pub(super) fn clear(&mut self) -> Duration {
        let length = self
            .format
            .map_or(Duration::ZERO, |format| format.duration_of_bytes(self.len));
        self.buffered.clear();
        self.len = 0;
        length
    }

    /// The next frame, or when there is one.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        let Some(format) = self.format else {
            let next = self.buffered.pop_front();
            self.len -= next.as_ref().map_or(0, Bytes::len);
            return next.map_or(Next::Idle, Next::Frame);
        };
        if self.clock.is_none() {
            if self.underrun == Underrun::Gap && self.is_drained() {
                return Next::Idle;
            }
            self.restart(now);
        }
        let due = self.due(format, now);
        if now < due {
            return Next::At(due);
        }
        if now - due > MAX_LAG {
            self.restart(now);
        }
        let (blocks, fraction) = self.frame_blocks(format);
        let whole = blocks * format.block();
        let buffered = self.len / format.block() * format.block();
        if buffered >= whole {
            self.fraction = fraction;
            return Next::Frame(self.take(format, whole));
        }
        match self.underrun {
            Underrun::Silence => {
                let mut frame = BytesMut::from(&*self.take(format, buffered));
                frame.resize(whole, 0);
                self.fraction = fraction;
                // What was taken has been counted already.
                self.count((whole - buffered) / format.block());
                Next::Frame(frame.freeze())
            }
            Underrun::Gap if buffered == 0 => {
                self.clock = None;
                Next::Idle
            }
            // The rest of a frame may be on its way.
            Underrun::Gap if !self.flushing && now < due + FRAME => Next::At(due + FRAME),
            Underrun::Gap => Next::Frame(self.take(format, buffered)),
        }
    }

    fn restart(&mut self, now: Instant) {
        self.clock = Some((now, 0));
        self.fraction = 0;
    }

    fn due(&self, format: Format, now: Instant) -> Instant {
        self.clock
            .map_or(now, |(start, blocks)| start + format.duration(blocks))
    }

    /// The length of the next frame, and the fraction after it: 20 ms of 11 025 Hz are 220.5 samples.
    fn frame_blocks(&self, format: Format) -> (usize, u32) {
        let fraction = self.fraction + format.hz % FRAMES_PER_SECOND;
        let blocks = format.hz / FRAMES_PER_SECOND + fraction / FRAMES_PER_SECOND;
        // A rate below 50 Hz has no frames of 20 ms.
        ((blocks as usize).max(1), fraction % FRAMES_PER_SECOND)
    }

    fn count(&mut self, blocks: usize) {
        if let Some((_, counted)) = &mut self.clock {
            *counted += blocks as u64;
        }
    }

    /// Removes `length` bytes, which are there. No byte is copied where they are in one piece.
    fn take(&mut self, format: Format, length: usize) -> Bytes {
        self.count(length / format.block());
        self.len -= length;
        let mut gathered = BytesMut::new();
        while let Some(first) = self.buffered.front_mut() {
            let missing = length - gathered.len();
            if missing == 0 {
                break;
            }
            let piece = match first.len() > missing {
                true => first.split_to(missing),
                false => self.buffered.pop_front().unwrap_or_default(),
            };
            if piece.len() == length {
                return piece;
            }
            gathered.extend_from_slice(&piece);
        }
        gathered.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HZ_8000: Format = Format {
        hz: 8000,
        channels: 1,
    };
    const FRAME_8000: usize = 320;

    fn pacer(format: Format, underrun: Underrun) -> Pacer {
        Pacer::new(Some(format), underrun, format.bytes(Duration::from_secs(1)))
    }

    /// Runs the pacer for this long, `write` being called at each step; the frames with their times.
    fn run(
        pacer: &mut Pacer,
        start: Instant,
        length: Duration,
        mut write: impl FnMut(&mut Pacer, Duration),
    ) -> Vec<(Duration, Bytes)> {
        let mut frames = Vec::new();
        let mut now = start;
        while now < start + length {
            write(pacer, now - start);
            while let Next::Frame(frame) = pacer.next(now) {
                frames.push((now - start, frame));
            }
            now += Duration::from_millis(1);
        }
        frames
    }

    #[test]
    fn what_is_written_at_once_leaves_in_frames_at_their_times() {
        let mut pacer = pacer(HZ_8000, Underrun::Gap);
        let audio: Vec<u8> = (0..FRAME_8000 * 3).map(|i| (i % 251) as u8).collect();
        pacer.push(audio.clone().into());
        let frames = run(
            &mut pacer,
            Instant::now(),
            Duration::from_millis(200),
            |_, _| {},
        );
        let times: Vec<u128> = frames.iter().map(|(time, _)| time.as_millis()).collect();
        assert_eq!(times, [0, 20, 40]);
        let sent: Vec<u8> = frames
            .iter()
            .flat_map(|(_, frame)| frame.to_vec())
            .collect();
        assert_eq!(sent, audio);
    }

    #[test]
    fn a_frame_keeps_its_time_where_samples_do_not_divide_into_20_ms() {
        for hz in [8000, 11_025, 22_050, 44_100, 48_000, 24_001] {
            let format = Format { hz, channels: 1 };
            let mut pacer = pacer(format, Underrun::Gap);
            pacer.push(vec![1; format.bytes(Duration::from_secs(60))].into());
            let start = Instant::now();
            let mut count = 0_u32;
            let mut now = start;
            loop {
                match pacer.next(now) {
                    Next::Frame(_) => {
                        let ideal = start + FRAME * count;
                        let off = now.max(ideal) - now.min(ideal);
                        assert!(off < Duration::from_micros(100), "{hz}: {off:?} at {count}");
                        count += 1;
                    }
                    Next::At(at) => now = at,
                    Next::Idle => break,
                }
            }
            assert!((2999..=3001).contains(&count), "{hz}: {count}");
        }
    }

    #[test]
    fn a_slow_writer_leaves_a_gap_or_silence_as_asked() {
        // Half of the audio that the time takes.
        let write = |pacer: &mut Pacer, time: Duration| {
            if time.as_millis().is_multiple_of(40) {
                pacer.push(vec![1; FRAME_8000].into());
            }
        };
        let length = Duration::from_secs(2);
        let mut gaps = pacer(HZ_8000, Underrun::Gap);
        let frames = run(&mut gaps, Instant::now(), length, write);
        assert_eq!(frames.len(), 50);
        assert!(
            frames
                .iter()
                .all(|(_, frame)| frame.iter().all(|byte| *byte == 1))
        );

        let mut filled = pacer(HZ_8000, Underrun::Silence);
        let frames = run(&mut filled, Instant::now(), length, write);
        assert_eq!(frames.len(), 100);
        let silent = frames
            .iter()
            .filter(|(_, frame)| frame.iter().all(|byte| *byte == 0));
        assert_eq!(silent.count(), 50);
        for (index, (time, frame)) in frames.iter().enumerate() {
            assert_eq!(time.as_millis(), 20 * index as u128);
            assert_eq!(frame.len(), FRAME_8000);
        }
    }

    #[test]
    fn silence_completes_a_frame_that_is_written_in_part() {
        let mut pacer = pacer(HZ_8000, Underrun::Silence);
        pacer.push(vec![1; 100].into());
        let Next::Frame(frame) = pacer.next(Instant::now()) else {
            panic!("no frame");
        };
        assert_eq!(frame.len(), FRAME_8000);
        assert_eq!(frame.iter().filter(|byte| **byte == 1).count(), 100);
        assert_eq!(pacer.len(), 0);
    }

    #[test]
    fn half_a_sample_waits_for_its_other_half() {
        let mut pacer = pacer(HZ_8000, Underrun::Gap);
        let now = Instant::now();
        pacer.push(vec![1; FRAME_8000 + 1].into());
        pacer.flush();
        assert!(matches!(pacer.next(now), Next::Frame(frame) if frame.len() == FRAME_8000));
        assert!(pacer.is_drained());
        assert_eq!(pacer.next(now + FRAME), Next::Idle);
        pacer.push(vec![2; 3].into());
        pacer.flush();
        assert!(matches!(pacer.next(now + FRAME), Next::Frame(frame) if *frame == [1, 2, 2, 2]));
    }

    #[test]
    fn a_part_of_a_frame_waits_for_the_rest_for_one_frame_and_not_longer() {
        let mut pacer = pacer(HZ_8000, Underrun::Gap);
        let now = Instant::now();
        pacer.push(vec![1; 100].into());
        assert_eq!(pacer.next(now), Next::At(now + FRAME));
        pacer.push(vec![1; 100].into());
        assert!(matches!(pacer.next(now + FRAME), Next::Frame(frame) if frame.len() == 200));
    }

    #[test]
    fn what_was_not_sent_can_be_taken_back() {
        let mut pacer = pacer(HZ_8000, Underrun::Gap);
        let now = Instant::now();
        pacer.push(vec![1; FRAME_8000 * 10].into());
        assert!(matches!(pacer.next(now), Next::Frame(_)));
        assert_eq!(pacer.clear(), FRAME * 9);
        assert!(pacer.has_room());
        // What follows still waits for the frame that is playing.
        pacer.push(vec![2; FRAME_8000].into());
        assert_eq!(pacer.next(now), Next::At(now + FRAME));
        assert!(matches!(pacer.next(now + FRAME), Next::Frame(frame) if frame[0] == 2));
    }

    #[test]
    fn a_clock_that_jumped_is_not_caught_up_with() {
        let mut pacer = pacer(HZ_8000, Underrun::Silence);
        let start = Instant::now();
        assert!(matches!(pacer.next(start), Next::Frame(_)));
        let later = start + Duration::from_secs(3600);
        assert!(matches!(pacer.next(later), Next::Frame(_)));
        assert_eq!(pacer.next(later), Next::At(later + FRAME));
    }

    #[test]
    fn without_a_rate_audio_leaves_as_it_was_written() {
        let mut pacer = Pacer::new(None, Underrun::Gap, 10);
        pacer.push(vec![1; 7].into());
        assert!(pacer.has_room());
        pacer.push(vec![2; 5].into());
        assert!(!pacer.has_room());
        let now = Instant::now();
        assert_eq!(pacer.next(now), Next::Frame(vec![1; 7].into()));
        assert_eq!(pacer.next(now), Next::Frame(vec![2; 5].into()));
        assert_eq!(pacer.next(now), Next::Idle);
        assert!(pacer.is_drained());
    }

    proptest::proptest! {
        #[test]
        fn however_it_is_written_no_byte_is_lost_or_changed(
            pieces in proptest::collection::vec(0_usize..5000, 0..30),
            hz in 50_u32..96_000,
            channels in 1_u16..3,
        ) {
            let format = Format { hz, channels };
            let mut pacer = pacer(format, Underrun::Gap);
            let mut written = Vec::new();
            for piece in pieces {
                let audio: Vec<u8> = (0..piece).map(|i| ((written.len() + i) % 253) as u8).collect();
                written.extend_from_slice(&audio);
                pacer.push(audio.into());
            }
            pacer.flush();
            let mut now = Instant::now();
            let mut left = Vec::new();
            loop {
                match pacer.next(now) {
                    Next::Frame(frame) => left.extend_from_slice(&frame),
                    Next::At(at) => {
                        proptest::prop_assert!(at > now);
                        now = at;
                    }
                    Next::Idle => break,
                }
            }
            written.truncate(written.len() / format.block() * format.block());
            proptest::prop_assert_eq!(left, written);
        }
    }
}
